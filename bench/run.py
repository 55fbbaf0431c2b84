#!/usr/bin/env python3
"""Measures what docs/design.md promises, on the release build: medians of at least 20 runs, machine stated.

usage: bench/run.py [DIR]     DIR holds the binaries; default target/release

Writes the raw figures to bench/results.json and prints a table. Nothing outside a temporary folder is touched.
"""
import json, os, pathlib, platform, random, shutil, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINS = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release").resolve()
NAMES = ["drover", "poll", "agent", "phase-handler", "verify", "merge", "mirror", "preflight", "phase", "status", "forge"]
RUNS = 25
results = {}


def call(name, *args, root=None, check=True, **more):
    argv = [str(BINS / name), *map(str, args)] + (["--root", str(root)] if root else [])
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    if check and done.returncode not in (0, 3):
        sys.exit(f"{' '.join(argv)}: {done.returncode}\n{done.stderr}")
    return done.stdout.strip()


def timed(argv):
    """Wall milliseconds of one process."""
    began = time.perf_counter()
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def peak(argv):
    """Peak memory in MB of one process. By GNU time: what we fork ourselves begins with our own memory as its peak."""
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return int(done.stderr.split()[-1]) / 1024


def git(folder, *args):
    subprocess.run(["git", "-C", str(folder), "-c", "core.hooksPath=/dev/null", *args], check=True, capture_output=True)


def project(folder, agent, files=1, size=100):
    """A root with one project; its repository holds `files` files of `size` bytes."""
    repo, root = folder / "repo", folder / "root"
    repo.mkdir(parents=True)
    (root / "projects").mkdir(parents=True)
    (root / "state").mkdir()
    (root / "state/.drover").touch()
    (root / "state/.dev-active").touch()
    git(repo, "init", "-q", "-b", "main")
    git(repo, "config", "user.name", "maria")
    git(repo, "config", "user.email", "maria@example.org")
    dice = random.Random(7)
    for n in range(files):
        (repo / f"file-{n}.bin").write_bytes(dice.randbytes(size))
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "begin")
    script = folder / "agent.sh"
    script.write_text("#!/bin/sh\n" + agent)
    script.chmod(0o755)
    (root / "projects/bench.toml").write_text(
        f'name = "bench"\nforge = "local"\nrepo_root = "{repo}"\nprimary_branch = "main"\nworktree_root = "{folder}/trees"\n'
        f'pipeline = "overlap"\n[agent]\nstyle = "interactive"\ncommand = ["{script}"]\n[verify]\ntest = "true"\n'
        f'[limits]\nsessions = 60\nmemory_mb = 0\ndisk_mb = 0\n[people]\nmaintainers = ["maria"]\nreviewers = ["rob"]\n'
    )
    return root


def issue(root, title, *labels):
    flags = [f for label in labels for f in ("--label", label)]
    return int(call("forge", "--as", "maria", "issue", "new", title, *flags, root=root))


def record(root, n):
    try:
        return json.loads((root / f"state/bench/runs/{n}/run.json").read_text())
    except (OSError, ValueError):
        return {}


def until(what, holds, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        if holds():
            return
        time.sleep(0.001)
    sys.exit(f"never came true: {what}")


def note(name, values, unit, target):
    values = sorted(values)
    row = {"unit": unit, "target": target, "median": statistics.median(values), "min": values[0], "max": values[-1], "runs": len(values), "values": values}
    results[name] = row
    print(f"{name:<52} {row['median']:8.2f} {unit:<3} (min {row['min']:.2f}, max {row['max']:.2f}, {len(values)} runs; wanted: {target})", flush=True)


def helps():
    for name in NAMES:
        note(f"{name} --help", [timed([str(BINS / name), "--help"]) for _ in range(RUNS)], "ms", "< 10 ms")


def idle_tick(folder):
    good = 'echo x > "f-$ISSUE" && git add -A && git commit -qm w && echo PHASE:awaiting_ci > "$PHASE_FILE"\nwhile read -r l; do :; done\n'
    root = project(folder, good)
    live = [issue(root, f"live {n}", "backlog") for n in range(5)]
    end = time.time() + 120
    while any(record(root, n).get("phase") != "awaiting_review" for n in live):
        call("poll", root=root)
        if time.time() > end:
            sys.exit("the live runs never came up")
    for n in range(45):
        git(folder / "repo", "checkout", "-q", "-b", f"topic-{n}", "main")
        (folder / "repo" / f"topic-{n}.txt").write_text("x")
        git(folder / "repo", "add", "-A")
        git(folder / "repo", "commit", "-q", "-m", f"topic {n}")
        call("forge", "--as", "bob", "pull", "new", f"topic-{n}", root=root)
    git(folder / "repo", "checkout", "-q", "main")
    (root / "state/.dev-active").unlink()
    for n in range(995):
        issue(root, f"issue {n}", "backlog")
    for _ in range(60):
        call("poll", root=root)
        if "verify" not in call("poll", "--dry-run", root=root).split("#")[0]:
            break
    poll = [str(BINS / "poll"), "--root", str(root)]
    note("idle tick: 1,000 issues, 50 pulls, 5 live runs", [timed(poll) for _ in range(RUNS)], "ms", "< 50 ms")
    if pathlib.Path("/usr/bin/time").exists():
        note("idle tick: peak memory", [peak(poll) for _ in range(RUNS)], "MB", "< 15 MB")
    else:
        print("idle tick: peak memory: not measured, /usr/bin/time is missing (Debian: apt-get install time)")
    if shutil.which("strace"):
        trace = folder / "trace"
        subprocess.run(["strace", "-f", "-e", "trace=execve", "-o", str(trace), str(BINS / "poll"), "--root", str(root)], stdout=subprocess.DEVNULL)
        started = [l for l in trace.read_text().splitlines() if "execve(" in l and "= 0" in l]
        note("idle tick: tmux calls", [sum("tmux" in l.split(",")[0] for l in started)], "", "1")
        note("idle tick: other programs started", [len(started) - 1 - sum("tmux" in l.split(",")[0] for l in started)], "", "0")
    return root


def spent(argv):
    """Wall and processor milliseconds of one process and of those that it waited for."""
    began = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, n, "/dev/null", os.O_RDWR, 0) for n in range(3)])
    _, status, used = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(argv)}: {status}")
    return (time.perf_counter() - began) * 1000, (used.ru_utime + used.ru_stime) * 1000


def server_tick(folder):
    """A tick on a forge with a server, where nothing has changed since the last."""
    root = project(folder, "true\n")
    bare = folder / "server.git"
    git(folder, "clone", "-q", "--bare", str(folder / "repo"), str(bare))
    server = subprocess.Popen([str(BINS / "examples/forge-server"), str(bare), "300", "100"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        time.sleep(1.5)  # Until its clock says that all of it is of yesterday.
        file = root / "projects/bench.toml"
        keys = f'forge = "forgejo"\nforge_url = "{url}"\nrepo = "acme/notes"\ngit_remote = "{bare}"'
        file.write_text(file.read_text().replace('forge = "local"', keys))
        (root / ".env").write_text("FORGE_TOKEN=bot\n")
        (root / ".env").chmod(0o600)
        (root / "state/.dev-active").unlink()
        poll = [str(BINS / "poll"), "--root", str(root)]
        first = [spent(poll)[0]]
        for _ in range(5):
            call("poll", root=root)
        ticks = [spent(poll) for _ in range(RUNS)]
        note("on a server, the first tick: 300 issues, 100 pulls", first, "ms", "< 2000 ms")
        note("on a server, a tick with nothing new", [wall for wall, _ in ticks], "ms", "< 150 ms")
        note("on a server, a tick with nothing new: processor", [used for _, used in ticks], "ms", "< 60 ms")
    finally:
        server.stdin.close()
        server.wait()
    (root / "state/bench/runs").mkdir(exist_ok=True)
    return root


def wake(folder):
    root = project(folder, "while read -r l; do :; done\n")
    times = []
    for n in range(RUNS):
        number = issue(root, f"wake {n}", "backlog")
        call("agent", "start", number, root=root)
        until("working", lambda: record(root, number).get("phase") == "working")
        until("quiet", lambda: not record(root, number).get("pending"))
        phase = root / f"state/bench/runs/{number}/session/phase"
        began = time.perf_counter()
        phase.write_text("PHASE:escalate\nReason: bench\n")
        until("escalated", lambda: record(root, number).get("phase") == "escalated")
        times.append((time.perf_counter() - began) * 1000)
        call("agent", "stop", number, root=root)
    note("from the session's write to the handler's step", times, "ms", "< 200 ms")
    return root


def hooks(folder):
    """What an agent waits for at each of its events."""
    session = folder / "session"
    session.mkdir(parents=True)
    given = folder / "given.json"
    given.write_text(json.dumps({"session_id": "0192-abcd", "prompt": "[drover message a9]\n" + "x" * 65536, "transcript_path": "/t"}))
    argv = ["sh", "-c", f'exec "$0" "$@" < {given}', str(BINS / "hook"), str(session), "1"]
    for event in ["UserPromptSubmit", "Stop"]:
        note(f"hook at {event}, a shell and 64 KB of prompt with it", [timed([*argv, event]) for _ in range(RUNS)], "ms", "< 10 ms")
    note("hook, its memory", [peak([*argv, "Stop"]) for _ in range(5)], "MB", "< 8 MB")


def folder_ready(folder):
    root = project(folder, "while read -r l; do :; done\n", files=100, size=1 << 20)
    call("preflight", "env", root=root, check=False)
    times = []
    for n in range(20):
        number = issue(root, f"ready {n}", "backlog")
        host = root / f"state/bench/runs/{number}/host.json"
        began = time.perf_counter()
        call("agent", "start", number, root=root)
        until("agent up", lambda: host.exists() and "running" in host.read_text())
        times.append((time.perf_counter() - began) * 1000)
        call("agent", "stop", number, root=root)
        shutil.rmtree(folder / "trees" / str(number))
    note("a run's folder ready, 100 MB repository", times, "ms", "< 500 ms")
    return root


def looks(folder):
    """What a person looks at: a project with many runs that have been written, not played."""
    root = project(folder, "while read -r l; do :; done\n")
    first = issue(root, "live", "backlog")
    call("agent", "start", first, root=root)
    until("working", lambda: record(root, first).get("phase") == "working")
    state = root / "state/bench"
    template = record(root, first)

    def write(count):
        with open(state / "events.jsonl", "a") as events, open(state / "ledger.jsonl", "a") as ledger:
            for n in range(1000, 1000 + count):
                run = state / f"runs/{n}"
                if run.exists():
                    continue
                ended = n % 4 != 0
                (run / "messages").mkdir(parents=True)
                (run / "run.json").write_text(json.dumps({**template, "issue": n, "title": f"thing {n}", "session": None, "pending": [],
                    "phase": "done" if ended else "awaiting_review", "clears_when": "" if ended else "a review", "deadline": None if ended else 600000}))
                for m in range(3):
                    (run / f"messages/000{m + 1}.json").write_text(json.dumps({"version": 1, "key": f"ci:{m}", "kind": "ci", "about": None,
                        "text": "a check failed\n" * 80, "queued": template["since"], "state": "queued"}))
                for k, kind in enumerate(["claimed", "working", "verifying", "publishing", "awaiting_ci", "awaiting_review"] * 2 + ["done"] * ended):
                    events.write(json.dumps({"at": template["since"], "issue": n, "kind": kind, "key": f"1:{k}:row", "detail": "one \u2192 two"}) + "\n")
                for k in range(3):
                    for entry in ["reserve", "settle"]:
                        ledger.write(json.dumps({"id": f"{n}/1/{k}", "entry": entry, "at": template["since"], "seconds": 60, "input": 9000, "cached": 0, "output": 300, "micro_usd": 5000}) + "\n")

    write(200)
    ps = [str(BINS / "status"), "ps", "--all", "--root", str(root)]
    note("status ps: 200 runs, one of them live", [timed(ps) for _ in range(RUNS)], "ms", "< 20 ms")
    if pathlib.Path("/usr/bin/time").exists():
        note("status ps: peak memory", [peak(ps) for _ in range(RUNS)], "MB", "< 15 MB")
    write(1000)
    page = folder / "index.html"
    note("status report: 1,000 runs", [timed([str(BINS / "status"), "report", "--out", str(page), "--root", str(root)]) for _ in range(RUNS)], "ms", "< 1000 ms")
    note("status report: size of that page", [page.stat().st_size / 2**20], "MB", "")
    for n in range(1000, 2000):
        shutil.rmtree(state / f"runs/{n}")
    return root


def library():
    """The figures that bench/figures.rs takes inside of the library."""
    done = subprocess.run([str(BINS / "examples/figures")], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    for row in map(json.loads, done.stdout.splitlines()):
        note(row["name"], row["values"], row["unit"], row["target"])
        results[row["name"]]["of"] = row["of"]


def agents():
    """The real agents, with a model that the tests play: what they take for a text, what of it is ours, and how many turns."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="drover-bench-agents-"))
    folder.chmod(0o777)
    argv = ["cargo", "test", "--quiet", "--profile", "sim", "--features", "lab", "--test", "agents", "--", "how long it takes"]
    done = subprocess.run(argv, cwd=ROOT, env={**os.environ, "MEASURES": str(folder)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        shutil.rmtree(folder)
        sys.exit(f"the agents could not be measured (AGENTS=no leaves them out):\n{done.stdout[-3000:]}")
    for file in sorted(folder.iterdir()):
        for row in map(json.loads, file.read_text().splitlines()):
            note(row["name"], row["values"], row["unit"], row["target"])
            results[row["name"]].update({"of": row["of"]} if "of" in row else {})
    shutil.rmtree(folder)


def machine():
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {cpu}, {memory:.0f} GB, {platform.system()} {platform.release()}"


def keep():
    out = {"machine": machine(), "results": results}
    (ROOT / "bench/results.json").write_text(json.dumps(out, indent=1) + "\n")


def main():
    print(machine(), flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="drover-bench-"))
    try:
        helps()
        hooks(folder / "hooks")
        library()
        for part in (idle_tick, server_tick, wake, folder_ready, looks):
            root = part(folder / part.__name__)
            sockets = pathlib.Path(f"/tmp/drover-{os.getuid()}")
            for n in os.listdir(root / "state/bench/runs"):
                call("agent", "stop", n, root=root, check=False)
            for socket in sockets.iterdir():
                done = subprocess.run(["tmux", "-S", str(socket), "list-sessions", "-F", "#{session_name}"], capture_output=True, text=True)
                if done.returncode == 0 and all(l.startswith("dev-bench-") for l in done.stdout.split()):
                    subprocess.run(["tmux", "-S", str(socket), "kill-server"], capture_output=True)
        keep()
        if os.environ.get("AGENTS") != "no":
            agents()
            keep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
