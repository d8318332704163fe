#!/usr/bin/env bats
# Programs whose packages are large, under the default policy: compiled languages, desktops' toolkits, wine, and
# browsers, which build their own sandbox inside this one.
# shellcheck disable=SC2016,SC2034 # the scripts are for the shell inside, OPTIONS for programs.bash

load ../common
load ../programs

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
