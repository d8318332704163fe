#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs whose packages are large, under the default policy: compiled languages, desktops' toolkits, wine, and
# browsers, which build their own sandbox inside this one.
# shellcheck disable=SC2016,SC2034 # the scripts are for the shell inside, OPTIONS for programs.bash

load ../lib/common
load programs

@test "go: build, vet, goroutines, sockets, children" {
	needs go
	same 'export GOCACHE=$PWD/cache GO111MODULE=off
		cat >a.go <<"END"
package main

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"sync"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { io.WriteString(c, "hello"); c.Close() }()
		}
	}()
	var group sync.WaitGroup
	var lock sync.Mutex
	sum := 0
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				panic(err)
			}
			text, _ := io.ReadAll(c)
			lock.Lock()
			sum += len(text)
			lock.Unlock()
		}()
	}
	group.Wait()
	out, err := exec.Command("echo", "child").Output()
	interfaces, _ := net.Interfaces()
	fmt.Println(sum, string(out), err, interfaces[0].Name)
}
END
		go build -o a a.go && ./a; go vet a.go && echo vetted'
}

@test "rust: build, threads, sockets, children" {
	needs rustc
	same 'cat >a.rs <<"END"
use std::{io::*, net::*, process::Command, thread};
fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let mut text = String::new();
        TcpStream::connect(address).unwrap().read_to_string(&mut text).unwrap();
        text
    });
    listener.accept().unwrap().0.write_all(b"hello").unwrap();
    println!("{}", thread.join().unwrap());
    let out = Command::new("echo").arg("child").output().unwrap().stdout;
    println!("{} {}", String::from_utf8(out).unwrap(), std::fs::read_dir(".").unwrap().count());
}
END
		rustc -O a.rs && ./a'
}

@test "GTK and Qt on an X server" {
	needs xvfb-run zenity python3
	OPTIONS=(--uid 65534)
	same 'export XDG_RUNTIME_DIR=$HOME; xvfb-run -a -s "-screen 0 320x240x24 -nolisten tcp" bash -c "
		zenity --info --text=hello --timeout=1 2>/dev/null; echo zenity timed out: \$?
		python3 - <<\"END\"
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel(\"hello\")
label.resize(80, 40)
label.show()
QTimer.singleShot(500, app.quit)
app.exec_()
print(label.grab().save(\"picture.png\"), app.platformName())
END
		md5sum picture.png"'
}

@test "wine: a prefix made, a console program run" {
	needs wine
	OPTIONS=(--uid 65534)
	same 'export WINEDEBUG=-all; wine wineboot -i >/dev/null 2>&1; echo "boot $?"; wine cmd /c "echo hello from wine & ver" 2>/dev/null; ls ~/.wine/drive_c; wineserver -k' \
		'winedevice.exe was refused socket .*socket:0==0x10,2==0xf ' # plugging of devices, which nobody hears in here
}

# A page with a script and a drawing; beside the browser, what sandboxes its processes are in.
BROWSER='cat >page.html <<"END"
<!doctype html><title>page</title><body style="background:#246"><h1>Hello</h1><canvas id=c width=60 height=40></canvas><script>
document.title = "the answer is " + 6 * 7; let x = document.getElementById("c").getContext("2d"); x.fillStyle = "#fa0"; x.fillRect(5, 5, 50, 30);
document.body.append("made by a script")</script>
END
	mkdir profile
	own_sandboxes() { # how many processes with a user namespace and a filter of their own were seen
		local p mine=$(readlink /proc/self/ns/user) filters=$(awk "/^Seccomp_filters/{print \$2}" /proc/self/status)
		while [ ! -e done ]; do
			for p in /proc/[0-9]*; do
				[ "$(readlink $p/ns/user 2>/dev/null)" != "$mine" ] && awk -v f=$filters "/^Seccomp_filters/{exit !(\$2 > f)}" $p/status 2>/dev/null && echo "$p"
			done
			sleep 0.05
		done | sort -u | wc -l
	}
	own_sandboxes >seen & watcher=$!'

@test "chromium renders a page, its own sandbox inside this one" {
	needs chromium
	OPTIONS=(--uid 65534 --allow-userns)
	same "$BROWSER"'
		browse() { chromium --headless=new --disable-gpu --user-data-dir=$PWD/profile "$@" "file://$PWD/page.html" 2>/dev/null; }
		browse --dump-dom; browse --screenshot=$PWD/picture.png --window-size=200,150 --hide-scrollbars; file picture.png; md5sum picture.png
		touch done; wait $watcher; [ "$(cat seen)" -gt 0 ] && echo "sandboxes of its own"' \
		' was refused socket .*socket:0==0x10,2==0xf ' # plugging of devices
	grep '<title>the answer is 42</title>' "$BATS_TEST_TMPDIR/default.out"
	grep '</script>made by a script' "$BATS_TEST_TMPDIR/default.out"
	grep -x 'sandboxes of its own' "$BATS_TEST_TMPDIR/default.out"
}

@test "firefox renders a page, its own sandbox inside this one" {
	needs firefox-esr
	OPTIONS=(--uid 65534 --allow-userns)
	same "$BROWSER"'
		firefox-esr --headless --no-remote --profile $PWD/profile --window-size 200,150 --screenshot $PWD/picture.png "file://$PWD/page.html" >/dev/null 2>&1; file picture.png; md5sum picture.png
		touch done; wait $watcher; [ "$(cat seen)" -gt 0 ] && echo "sandboxes of its own"' \
		' was refused quotactl ' # how much room the user has
	grep -x 'sandboxes of its own' "$BATS_TEST_TMPDIR/default.out"
}

# recipe TEXT: the block of the README that holds it.
recipe() {
	awk -v want="$1" '/^```sh$/ { block = ""; inside = 1; next } /^```$/ { if (inside && index(block, want)) printf "%s", block; inside = 0 }
		inside { block = block $0 "\n" }' "$BATS_TEST_DIRNAME/../../README.md"
}

# until_true COMMAND...: within twenty seconds.
until_true() {
	local tries=0
	until "$@" >/dev/null 2>&1; do
		[ $((tries += 1)) -le 200 ] || return 1
		sleep 0.1
	done
}

start_desktop() { # COMMAND...
	fresh
	export DISPLAYED=$USER_HOME/run PATH=$USER_DIR/bin:$PATH
	rm -rf "$DISPLAYED" && mkdir -m 700 "$DISPLAYED" && echo secret >"$DISPLAYED/keyring" && own "$DISPLAYED"
	exec_as_user env XDG_RUNTIME_DIR="$DISPLAYED" "$@" >desktop.log 2>&1 3>&- &
	desktop=$!
}

teardown() {
	report_failure
	[ -z "${app:-}" ] || kill "$app" || true
	[ -z "${desktop:-}" ] || kill "$desktop" || true
	# shellcheck disable=SC2086 # one or none each
	wait ${app:-} ${desktop:-}
}

@test "the README's recipe for Wayland on a real sway: a window, and nothing else of the runtime directory" {
	needs sway swaymsg foot jq
	echo 'xwayland disable' >"$USER_HOME/sway.conf"
	start_desktop WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1 sway -c "$USER_HOME/sway.conf"
	until_true [ -S "$DISPLAYED/wayland-1" ]
	local script='ls -A $XDG_RUNTIME_DIR >listed; sleep 100'
	exec_as_user env XDG_RUNTIME_DIR="$DISPLAYED" WAYLAND_DISPLAY=wayland-1 SCRIPT="$script" \
		sh -c "$(recipe WAYLAND_DISPLAY | sed 's/ foot$/ --keepenv SCRIPT foot sh -c "$SCRIPT"/')" >app.log 2>&1 3>&- &
	app=$!
	sway=$(echo "$DISPLAYED"/sway-ipc.*)
	# shellcheck disable=SC2317 # until_true calls it
	shown() { as_user swaymsg -s "$sway" -t get_tree | jq -r '.. | .app_id? // empty' | grep -qx foot; }
	until_true shown || { cat app.log desktop.log; false; }
	until_true [ -s listed ]
	[ "$(cat listed)" = wayland-1 ]
	[ -S "$sway" ] && [ -e "$DISPLAYED/keyring" ] # which were there to be seen
}

@test "the README's recipe for X11 on a real Xvfb: a window" {
	needs Xvfb xterm xwininfo
	local number=$((2000 + RANDOM % 1000))
	start_desktop Xvfb ":$number" -screen 0 640x480x24 -nolisten tcp
	until_true [ -S "/tmp/.X11-unix/X$number" ]
	exec_as_user env DISPLAY=":$number.0" sh -c "$(recipe X11-unix)" >app.log 2>&1 3>&- &
	app=$!
	# shellcheck disable=SC2317 # until_true calls it
	shown() { DISPLAY=:$number xwininfo -root -tree | grep -q '"xterm"'; }
	until_true shown || { cat app.log desktop.log; false; }
}
