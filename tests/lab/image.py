"""Images without a build engine: a closure of the machine's files as layers,
written as the archive that `docker load` reads. Images share layers, so the
archive holds each once."""

import hashlib
import io
import json
import os
import re
import stat
import tarfile

from util import LabError, run


class Layer:
    """A tar in the making; nothing is added twice."""

    def __init__(self):
        self.buffer = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.buffer, mode="w",
            format=tarfile.GNU_FORMAT)
        self.names = set()

    def _info(self, name, mode, uid=0, mtime=0):
        info = tarfile.TarInfo(name.lstrip("/"))
        info.mode = mode
        info.uid = info.gid = uid
        info.mtime = mtime
        return info

    def directory(self, name, mode=0o755, uid=0):
        if name in self.names:
            return
        self.names.add(name)
        info = self._info(name, mode, uid)
        info.type = tarfile.DIRTYPE
        self.tar.addfile(info)

    def parents(self, name):
        parts = name.strip("/").split("/")[:-1]
        for i in range(len(parts)):
            self.directory("/" + "/".join(parts[:i + 1]))

    def data(self, name, content, mode=0o644, uid=0, mtime=0):
        if name in self.names:
            return
        self.parents(name)
        self.names.add(name)
        if isinstance(content, str):
            content = content.encode()
        info = self._info(name, mode, uid, mtime)
        info.size = len(content)
        self.tar.addfile(info, io.BytesIO(content))

    def file(self, source, name=None, uid=0, mode=None):
        source_stat = os.stat(source)
        with open(source, "rb") as f:
            self.data(name or source, f.read(),
                mode or (0o755 if source_stat.st_mode & stat.S_IXUSR else 0o644),
                uid, int(source_stat.st_mtime))

    def link(self, name, target):
        if name in self.names:
            return
        self.parents(name)
        self.names.add(name)
        info = self._info(name, 0o777)
        info.type = tarfile.SYMTYPE
        info.linkname = target
        self.tar.addfile(info)

    def tree(self, source, name=None, uid=0, skip=None, exact_modes=False):
        """A directory with all below it; skip is a pattern of relative paths."""
        name = name or source
        self.parents(name if exact_modes else name + "/x")
        for base, dirs, files in os.walk(source):
            dirs.sort()
            rel = os.path.relpath(base, source)
            dirs[:] = [d for d in dirs
                if not (skip and skip.search(os.path.normpath(os.path.join(rel, d))))]
            into = os.path.normpath(os.path.join(name, rel))
            mode = stat.S_IMODE(os.stat(base).st_mode) if exact_modes else 0o755
            if base != source or exact_modes:
                self.directory(into, mode, uid)
            for entry in sorted(files):
                path = os.path.join(base, entry)
                if skip and skip.search(os.path.normpath(os.path.join(rel, entry))):
                    continue
                if os.path.isfile(path):
                    self.file(path, os.path.join(into, entry), uid,
                        stat.S_IMODE(os.stat(path).st_mode) if exact_modes else None)

    def bytes(self):
        self.tar.close()
        return self.buffer.getvalue()


def libraries(paths, env):
    """{name in the image: file here} of what the given ELF files load."""
    found = {}
    for path in paths:
        out = run(["ldd", path], env=env, check=False)
        for name, where in re.findall(r"^\s*(\S+) => (/\S+)", out, re.M):
            found["/lib/%s" % os.path.basename(name)] = where
        for where in re.findall(r"^\s*(/\S+) \(0x", out, re.M):
            # the loader: its path is written in every program
            found[where] = where
        if "not found" in out:
            raise LabError("%s lacks libraries:\n%s" % (path, out))
    return found


def add_closure(layer, programs, env):
    """programs: {name in the image: file here}, with their libraries. They go
    to /lib, which every loader searches."""
    for name, path in programs.items():
        layer.file(os.path.realpath(path), name, mode=0o755)
    for name, path in sorted(libraries(
            [os.path.realpath(p) for p in programs.values()], env).items()):
        layer.file(os.path.realpath(path), name, mode=0o755)


class Archive:
    """Images and their layers as one file for `docker load`."""

    def __init__(self):
        self.layers = {}
        self.manifest = []
        self.configs = {}

    def layer(self, layer):
        data = layer.bytes()
        digest = hashlib.sha256(data).hexdigest()
        self.layers[digest] = data
        return digest

    def image(self, tags, layers, config, created, arch):
        body = json.dumps({
            "created": created, "architecture": arch, "os": "linux",
            "config": config,
            "rootfs": {"type": "layers",
                "diff_ids": ["sha256:" + digest for digest in layers]},
            "history": [{"created": created, "created_by": "lab"}
                for _ in layers],
        }, sort_keys=True).encode()
        name = hashlib.sha256(body).hexdigest() + ".json"
        self.configs[name] = body
        self.manifest.append({"Config": name, "RepoTags": tags,
            "Layers": [digest + "/layer.tar" for digest in layers]})

    def write(self, path):
        tmp = path + ".new"
        with tarfile.open(tmp, "w") as tar:
            def put(name, data):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            for digest, data in self.layers.items():
                put(digest + "/layer.tar", data)
            for name, data in self.configs.items():
                put(name, data)
            put("manifest.json", json.dumps(self.manifest).encode())
        os.rename(tmp, path)
