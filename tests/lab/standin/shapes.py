"""JSON as the Engine API writes it: lists, inspects, images, info, version.
Checked against moby's api/docs/v1.41.yaml."""
import json
import time

from . import seed
from .container import SECOND, stamp

# the engine's release that brought an API version
RELEASES = {(1, 40): "19.03.15", (1, 41): "20.10.24", (1, 42): "23.0.6",
            (1, 43): "24.0.9", (1, 44): "25.0.5", (1, 45): "26.1.4",
            (1, 46): "27.0.3", (1, 47): "27.5.1", (1, 48): "28.0.4",
            (1, 49): "28.1.1", (1, 50): "28.2.2", (1, 51): "28.5.2",
            (1, 52): "29.0.2"}


COMMIT = {"ID": "", "Expected": ""}
CONFIG = {"Hostname": "", "Domainname": "", "User": "", "AttachStdin": False,
          "AttachStdout": False, "AttachStderr": False, "Tty": False,
          "OpenStdin": False, "StdinOnce": False, "Env": None, "Cmd": None,
          "Image": "", "Volumes": None, "WorkingDir": "", "Entrypoint": None,
          "OnBuild": None}
# what an inspect shows of settings that Compose leaves alone
HOST_CONFIG = {
    "AutoRemove": False, "VolumeDriver": "", "VolumesFrom": None,
    "CapAdd": None, "CapDrop": None, "Dns": [], "DnsOptions": [],
    "DnsSearch": [], "ExtraHosts": [], "GroupAdd": None,
    "IpcMode": "private", "Cgroup": "", "Links": None, "OomScoreAdj": 0,
    "PidMode": "", "Privileged": False, "PublishAllPorts": False,
    "ReadonlyRootfs": False, "SecurityOpt": None, "UTSMode": "",
    "UsernsMode": "", "ShmSize": 67108864, "Runtime": "runc",
    "ConsoleSize": [0, 0], "Isolation": "", "CpuShares": 0, "NanoCpus": 0,
    "CgroupParent": "", "BlkioWeight": 0, "BlkioWeightDevice": None,
    "BlkioDeviceReadBps": None, "BlkioDeviceWriteBps": None,
    "BlkioDeviceReadIOps": None, "BlkioDeviceWriteIOps": None,
    "CpuPeriod": 0, "CpuQuota": 0, "CpuRealtimePeriod": 0,
    "CpuRealtimeRuntime": 0, "CpusetCpus": "", "CpusetMems": "",
    "Devices": None, "DeviceCgroupRules": None, "DeviceRequests": None,
    "KernelMemory": 0, "KernelMemoryTCP": 0, "MemoryReservation": 0,
    "MemorySwap": 0, "MemorySwappiness": None, "OomKillDisable": False,
    "PidsLimit": None, "Ulimits": None, "CpuCount": 0, "CpuPercent": 0,
    "IOMaximumIOps": 0, "IOMaximumBandwidth": 0,
    "MaskedPaths": ["/proc/asound", "/proc/acpi", "/proc/kcore",
                    "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                    "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
                    "/sys/firmware"],
    "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                      "/proc/sysrq-trigger"]}


def layers(ident):
    root = "/var/lib/docker/overlay2/%s/" % seed.digest("layers", ident)
    return {"Name": "overlay2", "Data": {
        "LowerDir": root + "lower", "MergedDir": root + "merged",
        "UpperDir": root + "diff", "WorkDir": root + "work"}}


def dump(value):
    """One line of JSON. Names that a fault made carry broken UTF-8 as lone
    surrogates: these go out as the bytes they stand for."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8", "surrogateescape") + b"\n"
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace") + b"\n"


def release(options):
    return RELEASES.get(options.api[1], "20.10.24")


def dotted(version):
    return "%d.%d" % version


def endpoint(container, daemon):
    alive = container.alive()
    n = container.address
    address = "172.18.%d.%d" % (n >> 8 & 255, n & 255)
    return {
        "IPAMConfig": None, "Links": None,
        "Aliases": [container.name, container.service.name,
                    container.id[:12]],
        "NetworkID": daemon.networks.get(
            container.project + "_default", "0" * 64),
        "EndpointID": seed.digest("ep", container.id) if alive else "",
        "Gateway": "172.18.0.1" if alive else "",
        "IPAddress": address if alive else "",
        "IPPrefixLen": 16 if alive else 0, "IPv6Gateway": "",
        "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
        "MacAddress": "02:42:ac:12:%02x:%02x" % (n >> 8 & 255, n & 255)
        if alive else "", "DriverOpts": None}


def ports(container):
    service = container.service
    out = [{"PrivatePort": service.port, "Type": "tcp"}]
    if service.published and container.number == 1 and container.alive():
        out = [{"IP": "127.0.0.1", "PrivatePort": service.port,
                "PublicPort": service.published, "Type": "tcp"}]
    return out


def mounts(container):
    if not container.service.volume:
        return []
    name, path = container.service.volume
    name = container.project + "_" + name
    return [{"Type": "volume", "Name": name,
             "Source": "/var/lib/docker/volumes/%s/_data" % name,
             "Destination": path, "Driver": "local", "Mode": "rw",
             "RW": True, "Propagation": ""}]


def listed(container, daemon, version, now):
    """One entry of /containers/json, as bytes; kept until it changes."""
    status = container.status_text(now)
    mark = (status, version >= (1, 52))
    if container.cache and container.cache[0] == mark:
        return container.cache[1]
    entry = {
        "Id": container.id, "Names": ["/" + container.name],
        "Image": container.image, "ImageID": container.image_id,
        "Command": " ".join(container.service.command),
        "Created": container.created // SECOND, "Ports": ports(container),
        "Labels": container.labels, "State": container.state,
        "Status": status,
        "HostConfig": {"NetworkMode": container.project + "_default"},
        "NetworkSettings": {"Networks": {container.project + "_default": {
            **endpoint(container, daemon), "Aliases": None}}},
        "Mounts": mounts(container)}
    if version >= (1, 52):
        checks = container.checks(now) if container.health else None
        entry["Health"] = {
            "Status": container.health or "none",
            "FailingStreak": checks["FailingStreak"] if checks else 0}
    data = dump(entry)[:-1]
    container.cache = (mark, data)
    return data


def inspected(container, daemon, now):
    service = container.service
    command = service.command
    image = daemon.images[container.image] \
        if container.image in daemon.images else None
    state = {
        "Status": container.state, "Running": container.running(),
        "Paused": container.state == "paused",
        "Restarting": container.state == "restarting",
        "OOMKilled": container.oom, "Dead": container.state == "dead",
        "Pid": container.pid(), "ExitCode": container.exit_code,
        "Error": "", "StartedAt": stamp(container.started),
        "FinishedAt": stamp(container.finished)}
    config = {
        **CONFIG, "Hostname": container.id[:12],
        "ExposedPorts": {"%d/tcp" % service.port: {}}, "Tty": container.tty,
        "Env": list(service.env) + [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/bin"],
        "Cmd": list(command), "Image": container.image,
        "Volumes": {service.volume[1]: {}} if service.volume else None,
        "WorkingDir": "/app", "StopTimeout": 10, "Labels": container.labels}
    if container.health is not None:
        state["Health"] = container.checks(now)
        config["Healthcheck"] = {
            "Test": list(service.health), "Interval": 30 * SECOND,
            "Timeout": 10 * SECOND, "StartPeriod": 60 * SECOND, "Retries": 3}
    network = container.project + "_default"
    binding = [{"HostIp": "127.0.0.1", "HostPort": str(service.published)}] \
        if service.published and container.number == 1 else None
    port = "%d/tcp" % service.port
    root = "/var/lib/docker/containers/%s/" % container.id
    return {
        "Id": container.id, "Created": stamp(container.created),
        "Path": command[0], "Args": list(command[1:]), "State": state,
        "Image": container.image_id,
        "ResolvConfPath": root + "resolv.conf",
        "HostnamePath": root + "hostname", "HostsPath": root + "hosts",
        "LogPath": root + container.id + "-json.log",
        "Name": "/" + container.name, "RestartCount": container.restarts,
        "Driver": "overlay2", "Platform": "linux", "MountLabel": "",
        "ProcessLabel": "", "AppArmorProfile": "docker-default",
        "ExecIDs": None,
        "HostConfig": {
            "Binds": None, "ContainerIDFile": "",
            "LogConfig": {"Type": "json-file", "Config": {}},
            "NetworkMode": network,
            "PortBindings": {port: binding} if binding else {},
            "RestartPolicy": {"Name": container.policy,
                              "MaximumRetryCount": 0},
            "CgroupnsMode": "host" if daemon.options.cgroup == 1
            else "private", "Memory": int(service.limit * 2**20),
            **HOST_CONFIG},
        "GraphDriver": layers(container.id),
        "Mounts": mounts(container), "Config": config,
        "NetworkSettings": {
            "Bridge": "", "SandboxID": "", "HairpinMode": False,
            "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0,
            "Ports": {port: binding} if container.alive() else {},
            "SandboxKey": "", "SecondaryIPAddresses": None,
            "SecondaryIPv6Addresses": None, "EndpointID": "", "Gateway": "",
            "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
            "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "",
            "MacAddress": "",
            "Networks": {network: endpoint(container, daemon)}},
        **({"ImageManifestDescriptor": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": image["digest"], "size": 1234}}
           if image and daemon.options.api[1] >= (1, 48) else {})}


def image_listed(image, daemon):
    repo = image["ref"].rsplit(":", 1)[0]
    return {"Containers": -1, "Created": image["created"] // SECOND,
            "Id": image["id"], "Labels": image["labels"] or None,
            "ParentId": "", "RepoDigests": [repo + "@" + image["digest"]],
            "RepoTags": [image["ref"]], "SharedSize": -1,
            "Size": image["size"], "VirtualSize": image["size"]}


def image_inspected(image, daemon):
    repo = image["ref"].rsplit(":", 1)[0]
    row = image["row"]
    return {
        "Id": image["id"], "RepoTags": [image["ref"]],
        "RepoDigests": [repo + "@" + image["digest"]], "Parent": "",
        "Comment": "buildkit.dockerfile.v0",
        "Created": stamp(image["created"]), "Container": "",
        "DockerVersion": "", "Author": "",
        "ContainerConfig": {**CONFIG, "Cmd": None, "Labels": None},
        "Config": {**CONFIG, "Env": list(row.env)[:1],
                   "Cmd": list(row.command), "WorkingDir": "/app",
                   "Labels": image["labels"] or None,
                   "ExposedPorts": {"%d/tcp" % row.port: {}}},
        "Architecture": "amd64", "Os": "linux", "Size": image["size"],
        "VirtualSize": image["size"],
        "GraphDriver": layers(image["id"]),
        "RootFS": {"Type": "layers", "Layers": [
            "sha256:" + seed.digest("layer", image["ref"], n)
            for n in range(4)]},
        "Metadata": {"LastTagTime": stamp(image["created"])}}


def info(daemon):
    options = daemon.options
    states = [c.state for c in daemon.containers.values()]
    ident = seed.digest("engine", options.seed, daemon.name).upper()
    return {
        "ID": ":".join(ident[n:n + 4] for n in range(0, 48, 4)),
        "Containers": len(states),
        "ContainersRunning": states.count("running"),
        "ContainersPaused": states.count("paused"),
        "ContainersStopped": sum(s not in ("running", "paused")
                                 for s in states),
        "Images": len(daemon.images), "Driver": "overlay2",
        "DriverStatus": [["Backing Filesystem", "extfs"]],
        "Plugins": {"Volume": ["local"], "Network": ["bridge", "host"],
                    "Authorization": None, "Log": ["json-file", "local"]},
        "MemoryLimit": True, "SwapLimit": True, "CpuCfsPeriod": True,
        "CpuCfsQuota": True, "CPUShares": True, "CPUSet": True,
        "PidsLimit": True, "IPv4Forwarding": True, "OomKillDisable": True,
        "Debug": False, "NFd": 40, "NGoroutines": 60,
        "SystemTime": stamp(daemon.now()), "LoggingDriver": "json-file",
        "CgroupDriver": "cgroupfs" if options.cgroup == 1 else "systemd",
        "CgroupVersion": str(options.cgroup),
        "NEventsListener": len(daemon.events.listeners),
        "KernelVersion": "6.1.0-40-amd64",
        "OperatingSystem": "stand-in engine (no containers)",
        "OSVersion": "12", "OSType": "linux", "Architecture": "x86_64",
        "IndexServerAddress": "https://index.docker.io/v1/",
        "NCPU": options.cpus, "MemTotal": options.memory << 20,
        "DockerRootDir": "/var/lib/docker", "HttpProxy": "",
        "HttpsProxy": "", "NoProxy": "", "Name": daemon.name,
        "Labels": ["org.vigie.lab=stand-in"], "ExperimentalBuild": False,
        "ServerVersion": release(options),
        "Runtimes": {"runc": {"path": "runc"}}, "DefaultRuntime": "runc",
        "GenericResources": None, "KernelMemory": True,
        "KernelMemoryTCP": True, "BridgeNfIptables": True,
        "BridgeNfIp6tables": True, "RegistryConfig": {
            "AllowNondistributableArtifactsCIDRs": [],
            "AllowNondistributableArtifactsHostnames": [],
            "InsecureRegistryCIDRs": ["127.0.0.0/8"], "IndexConfigs": {},
            "Mirrors": []},
        "Swarm": {"NodeID": "", "NodeAddr": "", "Error": "",
                  "LocalNodeState": "inactive",
                  "ControlAvailable": False, "RemoteManagers": None},
        "ContainerdCommit": COMMIT, "RuncCommit": COMMIT,
        "InitCommit": COMMIT,
        "LiveRestoreEnabled": options.live_restore, "Isolation": "",
        "InitBinary": "docker-init", "SecurityOptions": [
            "name=apparmor", "name=seccomp,profile=default"],
        "Warnings": None}


def version(daemon):
    low, high = daemon.options.api
    engine = {
        "ApiVersion": dotted(high), "Arch": "amd64",
        "BuildTime": "2023-04-04T18:20:00.000000000+00:00",
        "Experimental": "false", "GitCommit": "standin",
        "GoVersion": "go1.19.7", "KernelVersion": "6.1.0-40-amd64",
        "MinAPIVersion": dotted(low), "Os": "linux"}
    return {
        "Platform": {"Name": "stand-in engine (vigie lab)"},
        "Components": [{"Name": "Engine",
                        "Version": release(daemon.options),
                        "Details": engine}],
        "Version": release(daemon.options), "ApiVersion": dotted(high),
        "MinAPIVersion": dotted(low), "GitCommit": "standin",
        "GoVersion": "go1.19.7", "Os": "linux", "Arch": "amd64",
        "KernelVersion": "6.1.0-40-amd64",
        "BuildTime": "2023-04-04T18:20:00.000000000+00:00"}


def http_date():
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
