#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The terminal: the command's own, what goes between it and the caller's, and how the caller's is left.
# shellcheck disable=SC2016,SC1003 # the scripts are Python's and the shell's inside

load ../lib/common

# A script with a terminal t, run by an ordinary user, and by root where root runs the tests.
on_terminal() {
	local script
	script=$'from terminal import *\n'$(cat)
	cp "$BATS_TEST_DIRNAME/../lib/terminal.py" "$USER_DIR/bin/"
	as_user env PYTHONPATH="$USER_DIR/bin" PYTHONDONTWRITEBYTECODE=1 timeout 200 python3 -c "$script"
	[ "$(id -u)" = 0 ] || return 0
	# In a directory of root's own: its command has no power over another's.
	mkdir -p roots
	cp ./*.py roots/ 2>/dev/null || true
	(cd roots && HOME="$USER_HOME" PYTHONPATH="$USER_DIR/bin" PYTHONDONTWRITEBYTECODE=1 timeout 200 python3 -c "$script")
}

# Spoils the terminal that it finds, by every means there is, then ends as its argument says.
spoil() {
	cat >spoil.py <<-'END'
		import fcntl, os, signal, struct, sys, termios, time, tty
		tty.setraw(0)
		fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 1, 1, 0, 0))
		fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK)
		print("spoilt", flush=True)
		if sys.argv[1] == "group":
		    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
		    if not os.fork():
		        os.setpgid(0, 0)
		        os.tcsetpgrp(0, os.getpgrp())
		        os._exit(0)
		    os.wait()
		elif sys.argv[1] == "KILL":
		    os.kill(os.getpid(), signal.SIGKILL)
		elif sys.argv[1] == "wait":
		    time.sleep(60)
	END
}

@test "the command has a terminal of its own, with the settings and the size of the caller's" {
	on_terminal <<-'END'
		t = Terminal()
		t.size(33, 77)
		t.run("stty erase ^G tostop -echoe")
		same(t.run(f"{SANDBOX} sh -c 'tty; ls -1 /dev/pts; test -e /dev/console; echo $?; tty </dev/tty; ps -o tty= -p $$; stty size'"),
		     ("/dev/pts/0\n0\nptmx\n1\n/dev/tty\npts/0\n33 77\n", 0))
		settings = t.run("stty -a")[0]
		same(t.run(f"{SANDBOX} stty -a")[0], settings)
		# It is another one: what is set there is not set here.
		t.run(f"{SANDBOX} stty -ixon rows 3")
		same(t.run("stty -a")[0], settings)
		# Shared, it is the caller's, as it is under bwrap.
		own, bound = t.run("tty")[0], "--dev-bind / /"
		same(t.run(f"{SANDBOX} --share-tty {bound} tty")[0], own)
		same(t.run(f"{BWRAP} {bound} sh -c 'tty; stty rows 5'")[0], own)
		same(t.has_size(), (5, 77))
		same(t.run(f"{BWRAP} {bound} --dev /dev ls -d /dev/console")[0], "/dev/console\n")
		# Who relays it starts no program, for nobody.
		for option, mode in ("--cwd=rw", 2), ("--share-tty", 0):
		    t = Terminal(SANDBOX, option, "perl", "-e", LIVE)
		    t.want("up")
		    same([line for line in open(f"/proc/{t.pid}/status") if line.startswith("Seccomp:")], [f"Seccomp:\t{mode}\n"])
	END
}

@test "a terminal that its user may not open, as after su, is relayed all the same" {
	needs_root
	cp "$BATS_TEST_DIRNAME/../lib/terminal.py" "$USER_DIR/bin/"
	PYTHONPATH=$USER_DIR/bin python3 -c 'from terminal import *
t = Terminal()
user = "setpriv --reuid 65533 --regid 65533 --clear-groups env HOME=" + os.environ["USER_HOME"]
assert t.run(user + " sh -c \"true <$(tty)\"")[1]
t.type(f"{user} {SANDBOX} sh -c \"echo up; read line; echo got \\$line\"")
t.want("\nup")
t.type("hello")
t.want("\ngot hello\nhost:")'
}

@test "only streams that are terminals are replaced; two terminals are not taken for one" {
	on_terminal <<-'END'
		t = Terminal()
		what = "'for fd in 0 1 2; do readlink /proc/$$/fd/$fd >&2; done'"
		same(t.run(f"true | {SANDBOX} bash -c {what} >/dev/null")[0].splitlines()[1:], ["/dev/null", "/dev/pts/0"])
		same(t.run(f"{SANDBOX} bash -c {what} </dev/null | cat")[0].splitlines()[::2], ["/dev/null", "/dev/pts/0"])
		same(t.run(f"{SANDBOX} sh -c 'echo line; echo line >&2' 2>&1 | od -c | head -1")[0].split()[1:], list("line") + ["\\n"] + list("line") + ["\\n"])
		same(t.run(f"{SANDBOX} cat </dev/null"), ("", 0))
		# As the controlling terminal's other name
		same(t.run(f"{SANDBOX} tty </dev/tty"), ("/dev/pts/0\n", 0))
		# One that --keep-fd passes; without it there is none
		same(t.run(f"{SANDBOX} --keep-fd 7 sh -c 'readlink /proc/self/fd/7' 7</dev/tty"), ("/dev/pts/0\n", 0))
		same(t.run(f"{SANDBOX} --keep-fd 7 sh -c 'readlink /proc/self/fd/7; tty <&7' 7</dev/tty </dev/null 2>&1 | cat"), ("/dev/pts/0\n/dev/pts/0\n", 0))
		same(t.run(f"{SANDBOX} sh -c ': </dev/tty' </dev/null 2>&1 | cat")[0][-26:], "No such device or address\n")
		# One that is not standard input is written to, and not read.
		for option in "", "--as-pid-1", "--new-session":
		    same(t.run(f"{SANDBOX} {option} sh -c 'stty size <&1; head -1 <&1; head -1 /dev/pts/0; : </dev/tty' </dev/null 2>errors")[0], "24 80\n")
		    same([line.rsplit(": ", 1)[1] for line in open("errors")], ["Bad file descriptor\n", "Permission denied\n", "No such device or address\n"])
		other = os.ttyname(pty.openpty()[1])
		same(t.run(f"{SANDBOX} --cwd none true 2>{other}; echo $?; {SANDBOX} --share-tty --cwd none true 2>{other}; echo $?"), ("125\n0\n", 0))
		same(t.run(f"{SANDBOX} --cwd none true <{other} 2>&1"),
		     ("sandbox: descriptors 0 and 1 are two terminals; redirect one, or use --share-tty\n", 125))
	END
}

@test "attack: characters pushed into the input do not reach the caller's shell" {
	cat >push.py <<-'END'
		import fcntl, sys, termios
		for letter in "touch taken\n":
		    try: fcntl.ioctl(0, termios.TIOCSTI, letter.encode())
		    except OSError as error: sys.exit(error.strerror)
		print("pushed")
	END
	own push.py
	on_terminal <<-'END'
		t = Terminal()
		for options in "", "--syscalls none":
		    os.path.exists("taken") and os.remove("taken")
		    text, code = t.run(f"{SANDBOX} {options} python3 push.py")
		    same((text, code), ("touch taken\npushed\n", 0) if options and code == 0 else ("Operation not permitted\n", 1))
		    t.never("taken")
		    same(os.path.exists("taken"), False)
		same(t.run(f"{SANDBOX} --share-tty python3 push.py"), ("Operation not permitted\n", 1))
		same(t.run(f"{SANDBOX} --share-tty python3 -c 'import fcntl, sys; fcntl.ioctl(0, 0x541c, b\"x\")' 2>&1 | tail -1")[0],
		     "PermissionError: [Errno 1] Operation not permitted\n")
		# The control: a shared terminal without a filter, where the kernel itself does not refuse.
		if open("/proc/sys/dev/tty/legacy_tiocsti").read() == "1\n" if os.path.exists("/proc/sys/dev/tty/legacy_tiocsti") else True:
		    t.type(f"{SANDBOX} --share-tty --syscalls none python3 push.py")
		    t.until(lambda: os.path.exists("taken"), "the control takes")
	END
}

@test "attack: keys typed for the shell are not taken by a background command, in a session of its own or not" {
	on_terminal <<-'END'
		def typed(program, inside):
		    """What the command in the background got of it."""
		    t = Terminal()
		    open("stolen", "w").close()
		    t.type(f"{program} {inside} &")
		    t.want("host:")
		    time.sleep(1)
		    for i in range(20):
		        t.type(f": secret{i}")
		        time.sleep(0.05)
		    time.sleep(0.5)
		    os.kill(t.pid, signal.SIGKILL)
		    os.close(t.fd)
		    return open("stolen").read().count("secret")

		thief = "setsid sh -c \"cat >stolen\""
		same(typed(SANDBOX, f"sh -c '{thief}'"), 0)
		same(typed(SANDBOX, "sh -c 'cat >stolen'"), 0)
		same(typed(SANDBOX, "sh -c 'trap \"\" TTIN; cat >stolen'"), 0)
		same(typed(f"{SANDBOX} --as-pid-1", "sh -c 'cat >stolen'"), 0)
		same(typed(f"{SANDBOX} --new-session", "sh -c 'cat >stolen'"), 0)
		for control in f"{SANDBOX} --share-tty", f"{BWRAP} --dev-bind / /":
		    if not typed(control, f"sh -c '{thief}'"):
		        fail("the control took nothing")
	END
}

@test "attack: other terminals and the caller's own can be neither opened nor made the command's" {
	cat >reach.py <<-'END'
		import fcntl, os, sys, termios
		os.setsid() if os.fork() == 0 else os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
		got = []
		for number in sys.argv[1:]:
		    try:
		        fd = os.open(f"/dev/pts/{number}", os.O_RDWR)
		        os.write(fd, b"reached\n")
		        got.append(number)
		    except OSError: pass
		print(len(got), flush=True)
	END
	own reach.py
	on_terminal <<-'END'
		# More terminals than the command has; numbers it cannot have itself
		others = [pty.openpty() for _ in range(3)]
		t = Terminal()
		names = [os.ttyname(other).rsplit("/", 1)[1] for _, other in others] + t.run("tty")[0].strip().rsplit("/", 1)[1:]
		names = [name for name in names if name != "0"]
		same(t.run(f"{SANDBOX} python3 reach.py {' '.join(names)}")[0].splitlines()[-1], "0")
		same(t.run(f"{BWRAP} --dev-bind / / python3 reach.py {' '.join(names)} | tail -1")[0].splitlines()[-1], str(len(names)))
	END
}

@test "attack: however the command leaves its terminal, the caller's is as it was" {
	spoil
	own spoil.py
	on_terminal <<-'END'
		def after(program, how, status):
		    t = Terminal("sh", "-c", f"{program} python3 spoil.py {how}; echo en''ded $?; exec sleep 30")
		    before, size = t.settings(), t.has_size()
		    if status is not None:
		        t.want(f"ended {status}\r?\n")
		    else:
		        t.want("spoilt")
		        return t, before
		    flags = int(next(line for line in open(f"/proc/{t.pid}/fdinfo/0") if line.startswith("flags:")).split()[1], 8)
		    left = [t.settings() == before, t.has_size() == size, not flags & os.O_NONBLOCK, os.tcgetpgrp(t.fd) == os.getpgid(t.pid)]
		    os.kill(t.pid, signal.SIGKILL)
		    return left

		for how, status in ("exit", 0), ("group", 0), ("KILL", 137):
		    same(after(f"{SANDBOX}", how, status), [True] * 4)
		    same(after(f"{SANDBOX} --share-tty", how, status)[0::2], [True] * 2)
		same(after(f"{SANDBOX} --share-tty", "group", 0)[3], True)
		# The control: what the command does to a terminal that nobody restores
		same(after(f"{BWRAP} --dev-bind / /", "exit", 0), [False, False, False, True])
		same(after("", "group", 0)[3], False)
		# Signals to the sandbox
		for name in "TERM", "HUP", "INT", "QUIT":
		    t, before = after(f"{SANDBOX}", "wait", None)
		    t.until(t.raw, "raw while it runs")
		    os.system(f"pkill -{name} -P {t.pid}")
		    t.want("ended ")
		    same(t.settings(), before)
		    same(t.has_size(), (24, 80))
		    os.kill(t.pid, signal.SIGKILL)
	END
}

@test "Ctrl-C, Ctrl-\\, Ctrl-Z and end of file act on the command's terminal; raw programs get them as keys" {
	on_terminal <<-'END'
		t = Terminal()
		cooked = t.settings()
		for key, code in ("\x03", 130), ("\x1c", 131):
		    t.type(f"{SANDBOX} {UP}")
		    t.want("\nup")
		    t.until(t.raw, "raw")
		    t.send(key)
		    t.want("host:")
		    same(t.run(f"(exit $?)")[1], code)
		    same(t.settings(), cooked)
		# One that stops is a job of the shell, its terminal the shell's, and goes on
		t.type(f"{SANDBOX} bash -c 'trap \"echo went on\" CONT; echo up; read line; echo got $line'")
		t.want("\nup")
		time.sleep(0.3) # a stop between vfork and exec would hang dash, in a sandbox or not
		t.send("\x1a")
		t.want("Stopped")
		t.want("host:")
		same(t.settings()[3], cooked[3])
		t.type("fg")
		t.until(t.raw, "raw again")
		t.type("hello")
		t.want("got hello\nhost:")
		# With all of the pipeline
		t.type(f"{SANDBOX} sleep 60 | cat")
		time.sleep(1)
		t.send("\x1a")
		t.want("Stopped")
		t.want("host:")
		t.type("fg")
		time.sleep(1)
		t.send("\x03")
		t.want("host:")
		t.type(f"{SANDBOX} cat")
		t.until(t.raw, "raw")
		t.send("one\rtw\x08\x7fo\r\x04")
		t.want("host:")
		same(t.run(f"(exit $?)")[1], 0)
		# In a raw terminal they are bytes
		t.type(f"{SANDBOX} sh -c 'stty raw -echo; echo up; head -c 4 | od -An -tx1; stty sane'")
		t.want("up")
		time.sleep(0.3)
		t.send("\x03\x1a\x1c\x04")
		t.want("03 1a 1c 04")
		t.want("host:")
		# A shell inside has job control of its own.
		t.type(f"{SANDBOX} bash --norc --noprofile --noediting")
		t.type("PS1=in''side:")
		t.want("inside:")
		t.type("sleep 60")
		time.sleep(1)
		t.send("\x1a")
		t.want("Stopped")
		t.want("inside:")
		t.type("jobs")
		t.want("Stopped *sleep 60\ninside:")
		t.type("exit 3")
		t.want("host:")
		same(t.run(f"(exit $?)")[1], 3)
	END
}

@test "in the background it reads nothing, and writes as tostop says" {
	on_terminal <<-'END'
		t = Terminal()
		t.type(f"{SANDBOX} cat &")
		t.want("host:")
		t.type("echo for the sh''ell")
		t.want("\nfor the shell")
		time.sleep(0.5)
		if "Stopped" not in t.run("jobs")[0]:
		    fail("a reader in the background was not stopped")
		t.type("fg")
		t.until(t.raw, "raw")
		t.type("for the command")
		t.want("\nfor the command\n")
		t.send("\x04")
		t.want("host:")
		# Output comes, unless the terminal says that it stops the writer
		t.type(f"{SANDBOX} sh -c 'echo out''put' &")
		t.want("output\n")
		time.sleep(0.5)
		t.run("stty tostop")
		t.type(f"{SANDBOX} sh -c 'echo more''output' &")
		t.want("host:")
		t.never("moreoutput")
		if "Stopped" not in t.run("jobs")[0]:
		    fail("a writer in the background was not stopped")
		t.type("fg")
		t.want("\nmoreoutput")
		t.want("host:")
		# Sent there while it runs, it keeps its hands off the shell's terminal
		t.run("stty -tostop")
		t.type(f"{SANDBOX} sh -c 'echo up; sleep 2; read line; echo got $line'")
		t.want("\nup")
		time.sleep(0.3) # a stop between vfork and exec would hang dash, in a sandbox or not
		t.send("\x1a")
		t.want("host:")
		t.type("bg")
		t.want("host:")
		same(t.raw(), False)
		t.type("echo mi''ne")
		t.want("\nmine")
		time.sleep(2.5)
		t.type("fg")
		t.until(t.raw, "raw")
		t.type("yours")
		t.want("got yours\nhost:")
	END
}

@test "in a pipeline the terminal is never its own: it gets lines, when it asks, and where standard input is the terminal" {
	on_terminal <<-'END'
		t = Terminal()
		keys = "python3 -c 'import os, tty, termios; fd = os.open(\"/dev/tty\", os.O_RDWR); s = termios.tcgetattr(fd); tty.setraw(fd); "
		keys += "print(\"re\" \"ady\\r\"); import sys; sys.stdout.flush(); print(os.read(fd, 5), end=\"\\r\\n\"); termios.tcsetattr(fd, 0, s)'"
		before = t.settings()
		for line in f"{SANDBOX} sleep 3 | {keys}", f"{keys} | {SANDBOX} cat":
		    t.type(line)
		    t.want("ready")
		    time.sleep(0.5)
		    t.send("pager")
		    t.want("pager")
		    t.want("host:")
		    same(t.settings(), before)
		# Lines, and their end
		for option in "", "--as-pid-1", "--new-session":
		    t.type(f"{SANDBOX} {option} sort | cat -n")
		    t.type("second")
		    t.type("first")
		    time.sleep(0.5)
		    same(t.settings(), before)
		    t.send("\x04")
		    t.want("1\tfirst\n *2\tsecond\nhost:")
		t.type(f"{SANDBOX} cat | cat -n")
		t.send("whole\rpart\x04")
		t.want("1\twhole\n *2\tpart")
		t.send("\x04\x04")
		t.want("host:")
		# In what a shell substitutes, which ignores the signals by which one asks
		t.type(f"got=$({SANDBOX} bash -c 'read -p question: line; echo $line'); echo got $got")
		t.want("\nquestion:")
		t.type("an answer")
		t.want("\ngot an answer\nhost:")
		# What is read unseen would be seen, which is said; shared, it is not.
		ask = "bash -c 'read -rsp \"word: \" word </dev/tty; echo; echo \"$word\"'"
		t.type(f"{SANDBOX} {ask} | cat")
		t.want("\nsandbox: in a pipeline what is typed is echoed, and passed on line by line; to give the command the terminal: --share-tty\nword: ")
		t.type("open sesame")
		t.want("open sesame\n\n?\n?open sesame\nhost:")
		for line in f"{SANDBOX} --share-tty {ask} | cat", f"echo text | {SANDBOX} --share-tty {ask}":
		    t.type(line)
		    t.want("\nword: ")
		    t.send("open sesame\r")
		    t.want("\n?\nopen sesame\nhost:")
		# Nothing where standard input is another: a pipe, a file, /dev/null
		for line in f"echo text | {SANDBOX} {ask}", f"{SANDBOX} {ask} </dev/null", f"{SANDBOX} {ask} </dev/zero | cat", f"{SANDBOX} {ask} </etc/passwd":
		    if "/dev/tty: No such device or address\n" not in t.run(line + " 2>&1")[0]:
		        fail(t.text[-500:])
		# But where it has been named
		t.type(f"echo text | {SANDBOX} --keep-fd 7 sh -c 'read line </dev/tty; cat; echo got $line' 7</dev/tty")
		t.type("kept")
		t.want("text\ngot kept\nhost:")
		same(t.settings(), before)
	END
}

@test "attack: a password that another of the pipeline asks for is not read, nor its terminal raw" {
	cat >ask.py <<-'END'
		import getpass, sys, time
		"pipe" not in sys.argv or sys.stdin.readline()
		time.sleep(0.5)
		text = getpass.getpass("word: ")
		print("\ngot", text, flush=True)
	END
	own ask.py
	on_terminal <<-'END'
		def stolen(program, thief, line="{program} sh -c '{thief}' | python3 ask.py pipe"):
		    """What it got of the password; the caller's settings are the same, and the password arrives."""
		    t = Terminal()
		    before = t.settings()
		    open("stolen", "w").close()
		    t.type(line.format(program=program, thief=thief))
		    t.want("\nword: ")
		    time.sleep(0.2)
		    t.type("sesame")
		    for _ in range(30):
		        t.read(0.1)
		        if "got sesame" in t.text:
		            break
		    taken = "sesame" in open("stolen").read()
		    if not taken:
		        t.want("got sesame\n")
		        same(t.settings(), before)
		    os.kill(t.pid, signal.SIGKILL)
		    os.close(t.fd)
		    return taken

		read = "echo up; exec head -1 >stolen"
		raw = "stty raw -echo; echo up; exec dd bs=1 >stolen"
		tty = "echo up; exec head -1 >stolen </dev/tty"
		same(stolen("", read), True)
		same(stolen(f"{SANDBOX} --share-tty", read), True)
		for option, thief in ("", read), ("", raw), ("", tty), ("--as-pid-1", raw), ("--new-session", read):
		    same((option, thief, stolen(f"{SANDBOX} {option}", thief)), (option, thief, False))
		# Its standard input another, it does not compete at all.
		output, named = "echo up; exec head -1 <&2 >stolen", "echo up; exec head -1 </dev/pts/0 >stolen"
		for line, thief in (("{program} sh -c '{thief}' </dev/null | python3 ask.py pipe", tty), ("echo | {program} sh -c '{thief}' | python3 ask.py pipe", output),
		        ("sh -c '\"$@\" & python3 ask.py; wait' sh {program} sh -c '{thief}'", named), ("{program} sh -c '{thief}' </dev/null 2>&1 >/dev/null | python3 ask.py", tty)):
		    same((line, thief, stolen(SANDBOX, thief, line)), (line, thief, False))
	END
}

@test "Ctrl-C ends the script, too, in which the command died of it" {
	on_terminal <<-'END'
		def script(program, command, key="\x03", shell="bash", before="true", wait="up"):
		    """What the shell says next, or the signal it died of."""
		    t = Terminal(shell, "-c", f"{before}; {program} {command}; echo NE''XT $?")
		    t.want(wait)
		    time.sleep(0.2)
		    t.send(key)
		    code = t.wait()
		    found = re.search("NEXT ([0-9]+)", t.text)
		    return int(found[1]) if found else code

		bind = "--dev-bind / /"
		wrapped = [f"{BWRAP} {bind}", f"{BWRAP} {bind} --unshare-all", f"{BWRAP} {bind} --die-with-parent"]
		plain = [SANDBOX, f"{SANDBOX} --share-tty", f"{SANDBOX} --as-pid-1", f"{SANDBOX} --new-session"]
		for program in "", *plain, *wrapped:
		    same((program, script(program, UP)), (program, -2))
		for program in SANDBOX, wrapped[1]:
		    same((program, script(program, UP + " </dev/null")), (program, -2))
		    same((program, script(program, UP + " | cat")), (program, -2))
		    # Which goes on at Ctrl-\, where it is bash
		    same((program, script(program, UP, "\x1c")), (program, 131))
		    same((program, script(program, UP, "\x1c", "dash")), (program, -3))
		    # Of a key that the caller has set
		    same((program, script(program, UP, "\x07", before="stty intr ^G")), (program, -2))
		# A command that heeds it goes on, and so does the script; but bubblewrap dies of it.
		trap = "bash -c 'trap \"exit 7\" INT; echo up; while :; do sleep 0.05; done'"
		for program in "", SANDBOX, plain[1]:
		    same((program, script(program, trap)), (program, 7))
		for program in wrapped[:2]:
		    same((program, script(program, trap)), (program, -2))
		    same((program, script(program, "sh -c 'echo up; sleep 1; exit 7'", before="trap \"\" INT")), (program, 7))
		# No key of the caller's, though one of the command's; one that is long ago; none at all
		same(script(SANDBOX, "sh -c 'stty intr x; echo up; sleep 60; :'", "x"), 130)
		same(script(SANDBOX, "bash -c 'trap : INT; echo up; while ! read -t 1; do :; done; sleep 2; trap - INT; kill -INT $$'", "\x03\r"), 130)
		same(script(SANDBOX, "sh -c 'echo up; read line; kill -INT $$'", "\r"), 130)
		# The job of a shell
		t = Terminal()
		t.type(f"bash -c '{SANDBOX} sh -c \"echo up; sleep 60; :\"; echo NE\"\"XT'")
		t.want("\nup")
		time.sleep(0.3)
		t.send("\x1a")
		t.want("Stopped")
		t.want("host:")
		t.type("fg")
		time.sleep(1)
		t.send("\x03")
		t.want("host:")
		t.never("NEXT", 0.1)
		same(t.run("(exit $?)")[1], 130)
	END
}

@test "bwrap dies of a signal that the command died of, which was sent to itself" {
	for program in "$BWRAP --dev-bind / /" "$BWRAP --dev-bind / / --unshare-pid" "$BWRAP --dev-bind / / --unshare-pid --die-with-parent"; do
		# shellcheck disable=SC2086 # a program and its options
		run as_user python3 -c 'import subprocess, sys
child = subprocess.Popen([*sys.argv[1:], "perl", "-e", "$| = 1; print qq(up\n); sleep 60"], stdout=subprocess.PIPE)
child.stdout.readline()
child.terminate()
print(child.wait())' $program
		[ "$output" = -15 ]
	done
	run as_user "$BWRAP" --dev-bind / / sh -c 'kill -TERM $$'
	[ "$status" -eq 143 ]
}

@test "the size of the window follows the caller's, running, stopped and in a pipeline" {
	on_terminal <<-'END'
		t = Terminal()
		watch = "bash -c \"trap 'stty size <&2 >&2' WINCH; echo ready >&2; while :; do sleep 0.05; done\""
		for line in f"{SANDBOX} {watch}", f"{SANDBOX} {watch} </dev/null", f"{SANDBOX} {watch} | cat":
		    t.type(line)
		    t.want("\nready")
		    time.sleep(0.3)
		    t.size(44, 88)
		    t.want("44 88")
		    time.sleep(0.3)
		    t.size(24, 80)
		    t.want("24 80")
		    time.sleep(0.3)
		    t.send("\x03")
		    t.want("host:")
		t.type(f"{SANDBOX} sh -c 'echo up; read line; stty size'")
		t.want("\nup")
		time.sleep(0.3) # a stop between vfork and exec would hang dash, in a sandbox or not
		t.send("\x1a")
		t.want("host:")
		t.size(55, 99)
		t.type("fg")
		t.until(t.raw, "raw")
		t.type("")
		t.want("55 99\nhost:")
	END
}

@test "an end of file typed early is one; lines of a command in a pipeline or the background end once" {
	on_terminal <<-'END'
		t = Terminal()
		t.send(f"sleep 1; {SANDBOX} cat\r")
		time.sleep(0.3)
		t.send("early\r\x04")
		t.want("\nearly\r\nearly\r\nhost:")
		for line in f"{SANDBOX} sh -c 'seq 3 >&2' | cat", f"{SANDBOX} seq 3 & wait":
		    t.type(line)
		    t.want("\n3\r*\n")
		    if "1\r\n2\r\n3\r\n" not in t.text or "\r\r" in t.text:
		        fail(repr(t.text[-200:]))
	END
}

@test "nothing is lost: a flood of output, a large paste, the last words before an end" {
	on_terminal <<-'END'
		import hashlib, random, threading
		t = Terminal()
		wanted = "".join(f"{i}\n" for i in range(1, 100001))
		same(hashlib.sha1(t.run(f"{SANDBOX} seq 100000", 60)[0].encode()).hexdigest(), hashlib.sha1(wanted.encode()).hexdigest())
		# A reader that comes late
		t.type(f"{SANDBOX} seq 30000; echo co''de")
		time.sleep(1)
		t.want("\n29999\n30000\ncode\nhost:", 30)
		for i in range(40):
		    same(t.run(f"{SANDBOX} --cwd none sh -c 'seq 800; kill -9 $$'")[0].splitlines()[:800], [str(i) for i in range(1, 801)])
		# A megabyte, with everything that a terminal may mean something by, to a raw program
		data = bytes(random.choices(range(256), k=1000000))
		t.type(f"{SANDBOX} sh -c 'stty raw -echo; echo up; head -c 1000000 | sha1sum; stty sane'")
		t.want("\nup")
		time.sleep(0.3)
		def paste(at=0):
		    while at < len(data):
		        at += os.write(t.fd, data[at:at + 4000])
		threading.Thread(target=paste).start()
		t.want(hashlib.sha1(data).hexdigest(), 60)
		t.want("host:")
		# And lines, to one that reads slowly and echoes
		text = "".join(f"line {i} of those pasted\r" for i in range(3000))
		t.type(f"{SANDBOX} sh -c 'echo up; sleep 1; cat >pasted'")
		t.want("\nup")
		data = (text + "\x04").encode()
		threading.Thread(target=paste).start()
		t.want("host:", 60)
		same(open("pasted").read(), text.replace("\r", "\n"))
		os.remove("pasted")
	END
}

@test "--timeout ends a job that stopped itself, and one whose terminal takes no more, not even the report" {
	on_terminal <<-'END'
		t = Terminal()
		def gone():
		    return not os.popen(f"ps -o pid= --ppid {t.pid}").read().strip()
		for options in "", "--share-tty":
		    for stop in "STOP", "TSTP", "TTIN":
		        t.type(f"{SANDBOX} {options} --timeout 800ms sh -c 'sleep 60 & kill -{stop} $$; wait'")
		        t.want("the time is over")
		        t.until(gone, f"gone after {stop} {options}")
		t.type("echo se''en") # after what it says of jobs
		t.want("seen")
		for line, key in (f"{SANDBOX} --timeout 800ms yes", ""), (f"{SANDBOX} --timeout 800ms --stats 9 yes 9>/dev/tty", ""), (f"{SANDBOX} --timeout 800ms sh -c 'while echo up >&2; do sleep 0.1; done' | cat", "\x13"):
		    t.type(line)
		    t.want("y\n" if not key else "up\n")
		    t.send(key)
		    end = time.time() + 10
		    while not gone(): # and nobody reads
		        time.sleep(0.1)
		        if time.time() > end:
		            fail(f"never gone: {line}")
		    t.send(key and "\x11")
		    t.type("echo se''en")
		    t.want("seen", 30)
	END
}

@test "on a terminal without a shell, as ssh -t and docker run -t give, no stop is for ever" {
	on_terminal <<-'END'
		# The session's leader, a child of it in its process group, and process 1 with and without a group of its own.
		callers = [("env",), ("sh", "-c", "\"$@\"; exit $?", "sh")]
		if not os.getuid():
		    callers += [("unshare", "-pf", "--mount-proc"), ("unshare", "-pf", "--mount-proc", "setsid", "-c", "-w")]
		stops = ["kill -TSTP $$", "kill -STOP $$", "kill -TTIN $$", "kill -STOP 0"]
		for caller in callers:
		    for options in [], ["--share-tty"], ["--new-session", "--share-tty"]:
		        for stop in stops:
		            t = Terminal(*caller, SANDBOX, *options, "sh", "-c", f"{stop}; echo went on; exit 3")
		            t.want("went on")
		            same(t.wait(), 3)
		        t = Terminal(*caller, SANDBOX, *options, "sh", "-c", "echo up; read -r line; echo got $line; exit 3")
		        t.want("up")
		        t.send("\x1a")
		        time.sleep(0.3)
		        t.type("it")
		        t.want("got it")
		        same(t.wait(), 3)
		# A pipeline's members are continued, too; control: who is on a shell's terminal is stopped.
		t = Terminal("sh", "-c", f"{SANDBOX} --share-tty sh -c 'kill -STOP $$; echo went on' | cat; exit 3")
		t.want("went on")
		same(t.wait(), 3)
		for options in "", "--share-tty ":
		    t = Terminal()
		    t.type(f"{SANDBOX} {options}sh -c 'kill -STOP $$; echo went on'")
		    t.want("Stopped")
		    t.never("went on\n")
		    t.type("fg")
		    t.want("went on")
	END
}

@test "the end of the caller's terminal is the end of the command's, which hears of it" {
	on_terminal <<-'END'
		for command in f"{SANDBOX}", f"{SANDBOX} --as-pid-1", f"sh -c '{SANDBOX} \"$@\"; :' sh":
		    os.path.exists("heard") and os.remove("heard")
		    t = Terminal("sh", "-c", f"exec {command} bash -c 'trap \"echo \\$(tty 2>&1 >/dev/tty | cat) >heard; exit\" HUP; echo up; while :; do sleep 0.1; done'")
		    t.want("up")
		    time.sleep(0.5)
		    os.close(t.fd)
		    os.waitpid(t.pid, 0)
		    for _ in range(100):
		        if os.path.exists("heard"): break
		        time.sleep(0.05)
		    os.remove("heard")
	END
}

@test "the end of the caller's terminal ends a command that waits for it stopped, where no shell could stop us too" {
	on_terminal <<-'END'
		def alive(pid):
		    with open(f"/proc/{pid}/stat") as file:
		        return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"

		# Its parent gone, the group is an orphaned one (setpgid(2)): the kernel stops nobody in it, and continues nobody.
		with open("orphan", "w") as file:
		    file.write('"$@" </dev/tty & echo $! >pid.new; mv pid.new pid')
		for program in SANDBOX, f"{SANDBOX} --new-session", f"{SANDBOX} --as-pid-1":
		    t = Terminal()
		    t.run(f"rm -f pid begun; bash orphan {program} sh -c ': >begun; exec cat >taken'")
		    t.until(lambda: os.path.exists("pid") and os.path.exists("begun"), f"{program} begins")
		    time.sleep(0.5)
		    with open("pid") as file:
		        pid = int(file.read())
		    same((program, alive(pid)), (program, True))
		    os.kill(t.pid, signal.SIGKILL)
		    os.close(t.fd)
		    for _ in range(100):
		        try:
		            if not alive(pid):
		                break
		        except FileNotFoundError:
		            break
		        time.sleep(0.1)
		    else:
		        os.kill(pid, signal.SIGKILL)
		        fail(f"{program} lives on")
	END
}

@test "a tree whose /dev is not ours has a terminal too" {
	on_terminal <<-'END'
		t = Terminal()
		t.size(21, 81)
		tree = "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64"
		os.makedirs("device", exist_ok=True)
		os.path.exists("device/ptmx") or os.mkfifo("device/ptmx")
		for options in f"--root empty {tree}", "--bind / /", f"--root empty {tree} --ro-bind device /dev":
		    same(t.run(f"{SANDBOX} {options} sh -c 'test -t 0 && stty size; exit 9'"), ("21 81\n", 9))
		own = t.run("tty")[0]
		named = t.run(f"{SANDBOX} --dev-bind / / sh -c 'tty; test -e $(tty)'")
		same((named[0] == own, named[0][:9], named[1]), (False, "/dev/pts/", 0))
	END
}

@test "--new-session, --as-pid-1, --syscalls strict and a sandbox in a sandbox" {
	on_terminal <<-'END'
		t = Terminal()
		for options in "--new-session", "--as-pid-1", "--share-tty", "--share-tty --as-pid-1", "--share-tty --new-session":
		    t.type(f"{SANDBOX} {options} {UP}")
		    t.want("\nup")
		    time.sleep(0.3)
		    t.send("\x03")
		    t.want("host:")
		    same(t.run(f"(exit $?)")[1], 130)
		    t.type(f"{SANDBOX} {options} sh -c 'read line; echo got $line'")
		    t.type("text")
		    t.want("got text\nhost:")
		same(t.run(f"{SANDBOX} --share-tty --new-session sh -c ': </dev/tty' 2>&1 | tail -c 26"), ("No such device or address\n", 0))
		same(t.run(f"{SANDBOX} --syscalls strict echo text"), ("text\n", 0))
		if os.geteuid() == 0: # whose sandbox has no power to make another
		    sys.exit()
		t.type(f"{SANDBOX} --allow-userns --ro {os.path.dirname(SANDBOX)} {SANDBOX} sh -c 'tty; echo up; read line; stty size; echo got $line; exec perl -e \"{LIVE}\"'")
		t.want("/dev/pts/0\nup")
		t.type("text")
		t.want("24 80\ngot text\nup")
		t.send("\x03")
		t.want("host:")
		same(t.run(f"(exit $?)")[1], 130)
	END
}

@test "where no stream is a terminal, none is made and nothing asked of one" {
	needs strace
	strace -f -e trace=ioctl,openat,openat2,sendmsg -o calls "$SANDBOX" --cwd none true </dev/null >out 2>&1
	grep -v NOTIFY calls >asked
	[ "$(grep -c ioctl asked)" -eq 1 ] # lo; files and /dev/null are seen to be none
	run ! grep -E 'ptmx"|sendmsg|/dev/tty"' <(grep -v symlinkat asked | grep -v 'O_PATH\|O_CREAT')
}

@test "a command that has its terminal for itself before the supervisor has heard of it goes on" {
	needs strace
	printf '%s\n' 'import fcntl, termios, time' 'fcntl.ioctl(0, termios.TIOCEXCL)' 'print("mine", flush=True)' 'time.sleep(0.3)' >exclusive.py
	run as_user script -qec "strace -o /dev/null -e trace=recvmsg -e inject=recvmsg:delay_enter=300000 '$SANDBOX' python3 exclusive.py" /dev/null
	[ "$status" -eq 0 ]
	[[ $output == *mine* && $output != *sandbox:* ]]
}

@test "Ctrl-C goes to a command that traps it, although init has not said yet that the command began" {
	needs strace
	here
	on_terminal <<-'END'
		t = Terminal("bash", "-c", f"strace -f -o /dev/null -e trace=sendto -e inject=sendto:delay_enter=600000 {SANDBOX} --share-tty sh -c "
		    "\"trap 'exit 7' INT; echo up; while :; do sleep 0.05; done\"; echo NE''XT $?")
		t.want("up")
		t.send("\x03")
		t.want("NEXT 7")
	END
}
