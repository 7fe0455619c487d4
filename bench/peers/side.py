"""The protocol of a side: says that it is ready, then does the work once for each line on stdin."""
import json
import os
import re
import sys
import time


def options():
    return json.loads(sys.argv[1])


def memory(field):
    with open("/proc/self/status") as status:
        return int(re.search(field + r":\s+(\d+)", status.read())[1]) * 1024


def processor():
    """Seconds of processor time of this process and of the children that it has waited for."""
    return sum(os.times()[:4])


def serve(work):
    """`work` may give its own `seconds`; otherwise the whole of it is timed."""
    idle = memory("VmRSS")
    print("@@{}", flush=True)
    for _ in sys.stdin:
        started, busy = time.perf_counter(), processor()
        figures = work() or {}
        times = {"seconds": time.perf_counter() - started, "cpuSeconds": processor() - busy}
        answer = {**times, **figures, "idleBytes": idle, "peakBytes": memory("VmHWM")}
        print("\n@@" + json.dumps(answer), flush=True)
