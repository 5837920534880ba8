"""Figures of one container, as /containers/{id}/stats gives them, in the
shape of cgroup v1 or v2."""
from . import seed
from .container import SECOND, ZERO_TIME, stamp

V1_KEYS = ("active_anon active_file cache dirty hierarchical_memory_limit "
           "hierarchical_memsw_limit inactive_anon inactive_file mapped_file "
           "pgfault pgmajfault pgpgin pgpgout rss rss_huge unevictable "
           "writeback").split()
V2_KEYS = ("active_anon active_file anon anon_thp file file_dirty file_mapped "
           "file_writeback inactive_anon inactive_file kernel_stack "
           "pgactivate pgdeactivate pgfault pglazyfree pglazyfreed "
           "pgmajfault pgrefill pgscan pgsteal shmem slab slab_reclaimable "
           "slab_unreclaimable sock thp_collapse_alloc thp_fault_alloc "
           "unevictable workingset_activate workingset_nodereclaim "
           "workingset_refault").split()


def cpu(container, daemon, now):
    options = daemon.options
    total = container.cpu_total(now)
    usage = {"total_usage": total}
    if options.cgroup == 1:
        share, rest = divmod(total, options.cpus)
        usage["percpu_usage"] = [share + (rest if n == 0 else 0)
                                 for n in range(options.cpus)]
    usage["usage_in_kernelmode"] = total * 3 // 10
    usage["usage_in_usermode"] = total * 7 // 10
    return {
        "cpu_usage": usage,
        # since the machine's start, a week before the engine's
        "system_cpu_usage": (now - daemon.boot + 604800 * SECOND)
        * options.cpus // 10**7 * 10**7,
        "online_cpus": options.cpus,
        "throttling_data": {"periods": 0, "throttled_periods": 0,
                            "throttled_time": 0}}


def no_cpu():
    return {"cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0,
                          "usage_in_usermode": 0},
            "throttling_data": {"periods": 0, "throttled_periods": 0,
                                "throttled_time": 0}}


def memory(container, daemon, now):
    used, cache = container.memory_now(now)
    limit = int(container.service.limit * 2**20)
    version = daemon.options.cgroup
    active = cache // 3 & ~4095
    fields = dict.fromkeys(V1_KEYS if version == 1 else V2_KEYS, 0)
    fields.update({"active_file": active, "inactive_file": cache - active,
                   "inactive_anon": 0, "pgfault": used // 2048,
                   "pgmajfault": 12})
    if version == 1:
        fields.update({"active_anon": used, "rss": used, "cache": cache,
                       "mapped_file": cache // 2,
                       "hierarchical_memory_limit": limit,
                       "hierarchical_memsw_limit": 2 * limit})
        fields.update({"total_" + k: v for k, v in list(fields.items())
                       if not k.startswith("hierarchical")})
        return {"usage": used + cache, "max_usage": int(used * 1.2) + cache,
                "stats": fields, "limit": limit}
    fields.update({"active_anon": used, "anon": used, "file": cache,
                   "file_mapped": cache // 2, "slab": 1 << 20})
    return {"usage": used + cache, "stats": fields, "limit": limit}


def sample(container, daemon, now, before):
    """One object of the reply; `before` is the time of the sample that came
    before it, or 0."""
    name = "/" + container.name
    if not container.alive():
        return {"read": ZERO_TIME, "preread": ZERO_TIME, "pids_stats": {},
                "blkio_stats": {k: None for k in BLKIO}, "num_procs": 0,
                "storage_stats": {}, "cpu_stats": no_cpu(),
                "precpu_stats": no_cpu(), "memory_stats": {},
                "name": name, "id": container.id}
    if before < container.started:
        before = 0
    up = (now - container.started) // SECOND
    sent = 4096 + int(900 * up * (0.5 + seed.unit(container.seed, 11)))
    read = 8 << 20
    blkio = {k: [] if daemon.options.cgroup == 1 else None for k in BLKIO}
    blkio["io_service_bytes_recursive"] = [
        {"major": 8, "minor": 0, "op": "Read" if daemon.options.cgroup == 1
         else "read", "value": read},
        {"major": 8, "minor": 0, "op": "Write" if daemon.options.cgroup == 1
         else "write", "value": up * 4096}]
    return {
        "read": stamp(now), "preread": stamp(before),
        "pids_stats": {"current": 6 + container.seed % 9},
        "blkio_stats": blkio, "num_procs": 0, "storage_stats": {},
        "cpu_stats": cpu(container, daemon, now),
        "precpu_stats": cpu(container, daemon, before) if before
        else no_cpu(),
        "memory_stats": memory(container, daemon, now),
        "name": name, "id": container.id,
        "networks": {"eth0": {
            "rx_bytes": sent * 2, "rx_packets": sent // 500, "rx_errors": 0,
            "rx_dropped": 0, "tx_bytes": sent, "tx_packets": sent // 700,
            "tx_errors": 0, "tx_dropped": 0}}}


BLKIO = ("io_service_bytes_recursive", "io_serviced_recursive",
         "io_queue_recursive", "io_service_time_recursive",
         "io_wait_time_recursive", "io_merged_recursive",
         "io_time_recursive", "sectors_recursive")
