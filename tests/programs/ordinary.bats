#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Real programs under the default policy: what they print is what they print without a policy, and nothing of
# what they do is refused with another error than "there is no such call".
# shellcheck disable=SC2016,SC2034 # the scripts are for the shell inside, OPTIONS for programs.bash

load ../lib/common
load programs

@test "shell, coreutils, tar, find, sed, awk" {
	same 'mkdir a; seq 1000 >a/b; tar c a | tar t; find a | xargs wc -l; sort -R a/b | sort -n | md5sum; awk "{s+=\$1} END{print s}" a/b
		chmod 600 a/b; stat -c %a a/b; cp -a a c; ln a/b d; ln -s d e; readlink e; mkfifo f; (echo hi >f &) ; cat f; touch -d @1 d; stat -c %Y d
		timeout 5 nice -n 3 nice; sleep 0.01 & wait; trap "echo got" USR1; kill -USR1 $$; flock d echo locked; sync d; df . >/dev/null && echo df'
}

@test "gcc, make, ld, ar, and what they build" {
	needs gcc make
	same 'printf "#include <stdio.h>\n#include <pthread.h>\nstatic void *f(void*p){return p;}\nint main(){pthread_t t;pthread_create(&t,0,f,0);pthread_join(t,0);puts(\"built\");}" >a.c
		printf "all: a b\n\ta: a.c\n" >/dev/null; printf "a: a.c\n\tgcc -O2 -pthread -o a a.c\nb: a.c\n\tgcc -static -pthread -o b a.c\n" >Makefile
		make -j2 a b | sort; ./a; ./b; gcc -c a.c; ar rcs a.a a.o; nm a.a | grep -c main'
}

@test "python: threads, processes, sockets, sqlite, files, signals" {
	needs python3
	same 'python3 - <<"END"
import asyncio, concurrent.futures, hashlib, mmap, multiprocessing, os, resource, select, signal, socket, sqlite3, ssl, subprocess, tempfile, threading, time, fcntl, tty, pty
print(subprocess.run(["echo", "sub"], capture_output=True).stdout)
with concurrent.futures.ThreadPoolExecutor(4) as pool: print(sum(pool.map(lambda n: n * n, range(100))))
with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(abs, [-1, -2]))
async def echo():
    async def serve(r, w): w.write(await r.readline()); await w.drain(); w.close()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    r, w = await asyncio.open_connection(*server.sockets[0].getsockname()); w.write(b"hi\n"); print(await r.readline()); server.close()
asyncio.run(echo())
a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1)); print(socket.getaddrinfo("127.0.0.1", 80)[0][4])
db = sqlite3.connect("t.db"); db.execute("pragma journal_mode=wal"); db.execute("create table t(x)"); db.execute("insert into t values(1)"); db.commit(); print(db.execute("select * from t").fetchall())
m = mmap.mmap(-1, 4096); m[:2] = b"ok"; print(m[:2])
pid, fd = pty.fork()
if not pid: os.execvp("echo", ["echo", "pty"])
print(os.read(fd, 10)); os.waitpid(pid, 0)
p = select.epoll(); p.close(); print(os.memfd_create("m") > 2, os.sched_getaffinity(0) != set(), resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0)
fcntl.flock(open("l", "w"), fcntl.LOCK_EX); os.setxattr("l", "user.x", b"1") if 0 else None; print(os.statvfs(".").f_bsize > 0, os.urandom(4) != b"")
signal.signal(signal.SIGALRM, lambda *_: print("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()
END'
}

@test "node: worker threads, child processes, http" {
	needs node
	same 'node -e "
const {Worker}=require(\"worker_threads\"), http=require(\"http\"), cp=require(\"child_process\"), fs=require(\"fs\"), crypto=require(\"crypto\");
console.log(cp.execSync(\"echo child\").toString(), crypto.createHash(\"sha256\").update(\"x\").digest(\"hex\"));
fs.writeFileSync(\"a\",\"b\"); fs.watch(\".\").close();
new Worker(\"require(\\\"worker_threads\\\").parentPort.postMessage(42)\",{eval:true}).on(\"message\",m=>console.log(m)).on(\"exit\",()=>{
const s=http.createServer((q,r)=>r.end(\"served\")).listen(0,\"127.0.0.1\",()=>http.get({port:s.address().port,host:\"127.0.0.1\"},r=>r.on(\"data\",d=>{console.log(d.toString());s.close()})));});"'
}

@test "git, perl, sqlite3, openssl" {
	needs git perl sqlite3 openssl
	same 'export GIT_AUTHOR_DATE=@1+0000 GIT_COMMITTER_DATE=@1+0000 GIT_CONFIG_GLOBAL=/dev/null
		git init -q r && cd r && git config user.name a && git config user.email a@b && echo 1 >f && git add f && git commit -qm one && git log --format=%H
		git branch x; git clone -q . ../s && git -C ../s log --oneline; git gc -q; git fsck; cd ..
		perl -MSocket -MIO::Socket::INET -MPOSIX -e "my \$p=fork; if(!\$p){exit 3} waitpid(\$p,0); print \$?>>8,\"\n\"; socketpair(A,B,AF_UNIX,SOCK_STREAM,0) and print \"pair\n\"; print POSIX::nice(1),\"\n\""
		sqlite3 t.db "create table t(a);insert into t values(1),(2);select sum(a) from t;vacuum;"
		echo x | openssl dgst -sha256; openssl genrsa -out k 1024 2>/dev/null && openssl rsa -in k -check -noout'
}

@test "curl and a server on the loopback" {
	needs curl python3
	same 'echo content >page; python3 -m http.server 8123 --bind 127.0.0.1 >/dev/null 2>&1 & for i in $(seq 50); do curl -s http://127.0.0.1:8123/page && break; sleep 0.1; done
		curl -s --unix-socket /no/such http://x/ || echo "code $?"; kill %1'
}

# bats test_tags=slow
@test "gdb and strace, on programs of their own" {
	needs gdb strace gcc
	same 'printf "int f(int x){return x+1;}\nint main(){return f(41)-42;}" >a.c; gcc -g -o a a.c
		gdb -q -batch -nx -ex "break f" -ex run -ex "print x" -ex finish -ex continue ./a 2>&1 | grep -E "^\\$|Breakpoint 1,|exited"
		strace -f -o log -e trace=execve,write sh -c "echo traced; /bin/echo again"; grep -c "write(1" log'
}

# bats test_tags=slow
@test "java" {
	needs java
	same 'java -version; printf "public class A{public static void main(String[] a)throws Exception{Thread t=new Thread(()->System.out.println(\"thread\"));t.start();t.join();System.out.println(Runtime.version().feature()>8);new java.net.ServerSocket(0,1,java.net.InetAddress.getLoopbackAddress()).close();}}" >A.java; java -XX:+UseSerialGC A.java'
}

# bats test_tags=slow
@test "postgres: a cluster made, served, asked and stopped" {
	PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
	needs initdb psql
	OPTIONS=(--uid 65534 --setenv PATH "$PATH") # it wants a user with a name
	same 'initdb -D d -A trust -E UTF8 --no-locale -N >/dev/null && pg_ctl -D d -w -l log -o "-k $PWD -h 127.0.0.1 -p 5433" start >/dev/null || cat log
		psql -h 127.0.0.1 -p 5433 -d postgres -qAtc "create table t(a int); insert into t select generate_series(1,1000); select sum(a) from t; select count(*) from t join t s using(a)"
		psql -h "$PWD" -p 5433 -d postgres -qAtc "show shared_memory_type"; pg_ctl -D d -w stop -m fast >/dev/null && echo stopped'
}

# bats test_tags=slow
@test "nginx with threads and sendfile, and redis with a snapshot, on the loopback" {
	needs nginx redis-server curl
	OPTIONS=(--uid 65534)
	same 'mkdir html; echo "served by nginx" >html/index.html
		echo "worker_processes 2; pid $PWD/pid; error_log $PWD/log; events {} http { access_log off; client_body_temp_path $PWD/b; proxy_temp_path $PWD/p; fastcgi_temp_path $PWD/f
			uwsgi_temp_path $PWD/u; scgi_temp_path $PWD/s; sendfile on; aio threads; server { listen 127.0.0.1:8080; root $PWD/html; } }" | sed "s/f$/f;/" >conf
		nginx -c "$PWD/conf" 2>/dev/null; curl -s http://127.0.0.1:8080/ http://127.0.0.1:8080/none | head -n 3; nginx -c "$PWD/conf" -s quit 2>/dev/null; grep -E "emerg|alert|crit" log
		redis-server --port 6399 --daemonize yes --dir "$PWD" --logfile log >/dev/null; for i in $(seq 50); do redis-cli -p 6399 ping 2>/dev/null | grep PONG && break; sleep 0.1; done
		redis-cli -p 6399 set a 1; redis-cli -p 6399 incr a; redis-cli -p 6399 save; redis-cli -p 6399 shutdown nosave; ls dump.rdb'
}
