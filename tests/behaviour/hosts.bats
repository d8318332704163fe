#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The base tree on hosts of other kinds, made up in a tmpfs: what is shown works, and no more is shown.
# shellcheck disable=SC2016 # the scripts are for the shells inside

load ../lib/common

in_sandbox() { as_user "$SANDBOX" "$@"; }

# A system of a few programs, the root of each host.
system() {
	local program file
	mkdir -p usr/bin usr/lib usr/lib64 usr/share etc
	ln -s usr/bin usr/lib usr/lib64 .
	for program in sh cat ls readlink touch id whoami env setpriv umount cp mv; do
		cp -L "/usr/bin/$program" usr/bin/
		ldd "/usr/bin/$program" | grep -o '/[^ ]*' | while read -r file; do
			[ -e ".$file" ] || { mkdir -p ".${file%/*}"; cp -L "$file" ".$file"; }
		done
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nu:x:65533:65533::/home/u:/bin/sh\nother:x:65532:65532::/home/other:/bin/sh' >etc/passwd
	printf 'root:x:0:\nu:x:65533:\nother:x:65532:\n' >etc/group
	echo 'passwd: files' >etc/nsswitch.conf
}

# host SCRIPT COMMAND...: in a host that SCRIPT furnishes (it begins in its top directory), by its user, who is $u there: root of a
# user namespace where these tests are not run by root.
host() {
	local enter=(unshare -m) user=65533 become=(setpriv --reuid 65533 --regid 65533 --clear-groups) place=$BATS_FILE_TMPDIR/place
	[ "$(id -u)" = 0 ] || enter=(unshare -Urm) user=0 become=()
	[ -z "${BY_ROOT:-}" ] || become=()
	mkdir -p "$place"
	[ -e "$BATS_FILE_TMPDIR/system" ] || (mkdir "$BATS_FILE_TMPDIR/system" && cd "$BATS_FILE_TMPDIR/system" && system)
	"${enter[@]}" --propagation private bash -ec 'umask 022; place=$1 system=$2 program=$3 script=$4 u=$5
		mount -t tmpfs -o mode=755 host "$place"; cd "$place"; cp -a "$system/." .
		mkdir proc dev sys run var tmp opt old sandbox; chmod 1777 tmp
		mount --rbind /proc proc; mount --rbind /dev dev; mount --rbind /sys sys; mount --bind "$program" sandbox
		eval "$script"
		mkdir -p home/u/work; chown -R "$u:$u" home/u/
		pivot_root . old; cd /; umount -l old; cd /home/u/work; shift 5; exec "$@"' host "$place" "$BATS_FILE_TMPDIR/system" "$(dirname "$SANDBOX")" "$1" "$user" \
		"${become[@]}" env -i HOME="${AT:-/home/u}" USER="${NAME-u}" PATH=/usr/local/bin:/usr/bin "${@:2}"
}

OSTREE='mkdir -p var/usrlocal/bin var/opt/app var/home/u var/home/other var/roothome var/lib; rmdir opt
	ln -s var/home home; ln -s var/roothome root; ln -s var/opt opt; ln -s ../var/usrlocal usr/local
	printf "#!/bin/sh\necho tool\n" >var/usrlocal/bin/tool; cp var/usrlocal/bin/tool var/opt/app/; chmod 755 var/usrlocal/bin/tool var/opt/app/tool
	echo taken >var/home/other/file; echo taken >var/roothome/file'

@test "Silverblue: /usr/local and /opt are in /var; /home and /root are links, and show nobody else's home" {
	host "$OSTREE" sh -c 'cat /home/other/file /root/file && tool && /opt/app/tool' # the control
	for BY_ROOT in '' 1; do
		run host "$OSTREE" /sandbox/sandbox sh -c 'tool && /opt/app/tool && readlink /usr/local /opt /home /root && touch made
			ls -A /var /home/ /home/u/; cat /home/other/file /var/home/other/file /root/file /var/roothome/file 2>/dev/null; touch /opt/x || touch /usr/local/x || touch /home/u/x && echo "$HOME"'
		[ "$status" -eq 0 ]
		[ "${lines[0]}" = tool ]
		[ "${lines[1]}" = tool ]
		[[ $output == *$'\n../var/usrlocal\nvar/opt\nvar/home\nvar/roothome\n'* ]]
		[[ $output != *taken* && $output != *other* ]]
		[[ $output == *'Read-only'*'Read-only'* ]]
		[ "${lines[-1]}" = /var/home/u ]
		run host "$OSTREE" /sandbox/sandbox cat /proc/self/mountinfo
		[ "$(awk '$5 ~ "^/var/(opt|usrlocal)$" && $6 ~ /^ro,nosuid,nodev/' <<<"$output" | wc -l)" -eq 2 ]
		[ "$(awk '$5 ~ "^/usr/"' <<<"$output")" = '' ] # made where the link leads, nothing was opened up for it
	done
}

@test "NixOS: programs are found by /run/current-system, and wrappers are there without their set-uid bit" {
	local script='mkdir -p nix/store/s/sw/bin run/wrappers/w; ln -s /nix/store/s run/current-system; ln -s w run/wrappers/bin
		printf "#!/bin/sh\necho tool\n" >nix/store/s/sw/bin/tool; chmod 755 nix/store/s/sw/bin/tool; cp usr/bin/id run/wrappers/w/; chmod 4511 run/wrappers/w/id'
	for BY_ROOT in '' 1; do
		run host "$script" /sandbox/sandbox sh -c 'PATH=/run/wrappers/bin:/run/current-system/sw/bin:$PATH; tool; id -u; ls -A /run; touch /run/x; touch /run/wrappers/x'
		[ "${lines[0]}" = tool ]
		[[ ${lines[1]} = 65533 || ${lines[1]} = 0 ]]
		[ "${lines[2]}:${lines[3]}" = current-system:wrappers ]
		[[ ${lines[4]} == *Read-only* ]]
		[ "$(host "$script" /sandbox/sandbox cat /proc/self/mountinfo | awk '$5 == "/run/wrappers" && $6 ~ /^ro,nosuid/' | wc -l)" = 1 ]
	done
}

@test "openSUSE: certificates are in /var/lib; what links of /etc lead to elsewhere is shown by itself" {
	local script='mkdir -p "var/lib/$where/pem" etc/ssl; echo C >"var/lib/$where/bundle"; echo P >"var/lib/$where/pem/a"
		ln -s "../../var/lib/$where/pem" etc/ssl/certs; ln -s "../../var/lib/$where/bundle" etc/ssl/bundle'
	run host "where=ca-certificates; $script" /sandbox/sandbox cat /etc/ssl/certs/a /etc/ssl/bundle
	[ "$output" = $'P\nC' ]
	run host "where=other; $script" /sandbox/sandbox sh -c 'cat /etc/ssl/certs/a; ls /var/lib/other'
	[ "$output" = $'P\npem' ]
}

# /opt leads to /var/opt through what SCRIPT puts there, with SCRIPT's owners and modes: what the sandbox says of its content.
opt() { # SCRIPT
	host 'rmdir opt; mkdir -p var/opt; echo taken >var/opt/file; ln -s var/opt opt; '"$1" \
		sh -c '[ "$(cat /opt/file)" = taken ] || echo broken; /sandbox/sandbox sh -c "cat /opt/file 2>/dev/null || echo hidden"'
}

@test "what a link leads to is not shown where others than root could have a say, or homes are" {
	local script
	[ "$(opt :)" = taken ] # the controls: plain, through a link more, in any place of root's
	[ "$(opt 'ln -sfn var/more opt; ln -s opt var/more')" = taken ]
	[ "$(opt 'mkdir data; mv var/opt data/; ln -sfn /data/opt opt')" = taken ]
	for script in 'chmod 775 var/opt' 'chmod 757 var/opt' 'chmod 1777 var/opt' 'chmod 775 var' 'mkdir -m 1777 var/pub; ln -sfn var/pub/l opt; ln -s ../opt var/pub/l' \
		'mv var/opt tmp/; ln -sfn tmp/opt opt' 'mkdir home; mv var/opt home/u; ln -sfn home/u opt' 'mkdir -p home/u/work; mv var/opt home/u/; ln -sfn home/u/opt opt' \
		'ln -sfn var opt; cp var/opt/file var/' 'mkdir home; ln -sfn home opt; cp var/opt/file home/' 'ln -sfn / opt; cp var/opt/file .' 'mkdir srv; ln -sfn srv opt; cp var/opt/file srv/' \
		'mkdir root; ln -sfn root/o opt; mv var/opt root/o' 'mkdir -p data/h; ln -s data/h home; ln -sfn data opt; cp var/opt/file data/'; do
		echo "$script"
		[ "$(opt "$script")" = hidden ]
	done
	[ "$(id -u)" = 0 ] || return 0
	for script in 'chown 65533 var/opt' 'chown 65532 var/opt' 'chown 65533 var' 'chown -h 65533 opt' 'mkdir var/x; ln -s ../opt var/x/l; chown -h 65532 var/x/l; ln -sfn var/x/l opt' \
		'mkdir var/x; ln -s ../opt var/x/l; chown 65532 var/x; ln -sfn var/x/l opt'; do
		for BY_ROOT in '' 1; do
			echo "$script"
			[ "$(opt "$script")" = hidden ]
		done
	done
	: where root lets nobody through, and what the same command line may write
	BY_ROOT=1
	[ "$(opt 'chmod 711 var')" = taken ]
	[ "$(opt 'chmod 700 var')" = hidden ]
	run host 'rmdir opt; mkdir -p var/opt var/x; echo taken >var/opt/file; ln -s ../opt var/x/l; ln -s var/x/l opt' /sandbox/sandbox --rw /var/x cat /opt/file
	[ "$status" -ne 0 ]
	: run by root, what is shown belongs to nobody
	[ "$(opt 'chmod 640 var/opt/file')" = hidden ]
}

@test "links that lead nowhere, to files and in circles do no harm" {
	local script
	for script in 'ln -s var/none opt' 'ln -s opt opt' 'ln -s etc/passwd opt' 'ln -s etc/passwd/x opt' 'ln -s proc/self/root/var opt' 'ln -s var/f opt; : >var/f' 'ln -s usr/share opt'; do
		run host "rmdir opt; $script" /sandbox/sandbox sh -c 'readlink /opt; ls /var'
		[ "$status" -eq 0 ]
	done
}

@test "what packages, TeX and NSS keep in /var/lib is there, where it is" {
	run host 'for d in dpkg rpm pacman texmf extrausers other; do mkdir -p var/lib/$d; echo "$d" >var/lib/$d/file; done' /sandbox/sandbox sh -c 'cat /var/lib/*/file; touch /var/lib/dpkg/x'
	[[ $output == $'dpkg\nextrausers\npacman\nrpm\ntexmf\n'*Read-only* ]]
	run host 'mkdir -p var/lib usr/lib/sysimage/rpm; echo R >usr/lib/sysimage/rpm/file; ln -s ../../usr/lib/sysimage/rpm var/lib/' /sandbox/sandbox cat /var/lib/rpm/file
	[ "$output" = R ]
	[ "$(id -u)" = 0 ] || return 0
	BY_ROOT=1 run host 'mkdir -p var/lib/extrausers; echo S >var/lib/extrausers/shadow; chmod 640 var/lib/extrausers/shadow' /sandbox/sandbox cat /var/lib/extrausers/shadow
	[ "$status" -ne 0 ]
}

@test "processors and memory nodes are told, and nothing else of /sys; nothing there can be written" {
	[ -d /sys/devices/system/cpu ] || skip 'no /sys here'
	[ "$(in_sandbox nproc --all)" = "$(nproc --all)" ]
	[ "$(in_sandbox lscpu)" = "$(lscpu)" ]
	local check='ls /sys /sys/devices /sys/devices/system; find /sys -writable ! -type l; for f in $(find /sys -type f -perm /222); do (echo 0 >"$f") 2>/dev/null && echo "$f"; done; true'
	local found
	found='/sys: devices /sys/devices: system /sys/devices/system: cpu'
	[ ! -d /sys/devices/system/node ] || found+=' node'
	for user in as_user env; do
		[ "$("$user" "$SANDBOX" --cwd none sh -c "$check" | xargs)" = "$found" ]
	done
	: run by root, what others may not read is not read
	[ "$(id -u)" = 0 ] || return 0
	[ "$("$SANDBOX" --cwd none find /sys -type f -readable ! -perm -4)" = '' ]
}

# Who is in none of the files: ids that no machine has, which take the user's place in the sandbox.
IDS=(--uid 54321 --gid 54322)

@test "who has no account is given a name, a group, a home and a shell; who has one is not" {
	run as_user env USER=corp SHELL=/bin/sh "$SANDBOX" "${IDS[@]}" sh -c 'whoami; id -gn; tail -n 1 /etc/passwd; tail -n 1 /etc/group
		head -n -1 /etc/passwd; echo x >>/etc/passwd || chmod 666 /etc/passwd && echo x >>/etc/passwd || ls -A / | grep cover'
	[ "${lines[0]}:${lines[1]}" = corp:corp ]
	[ "${lines[2]}" = "corp:x:54321:54322:corp:$USER_HOME:/bin/sh" ]
	[ "${lines[3]}" = corp:x:54322: ]
	[[ $output == *"corp:x:54322:"$'\n'"$(cat /etc/passwd)"$'\n'*'Permission denied'* ]]
	[[ $output != *.cover* ]]
	[ "$(as_user env USER=corp "$SANDBOX" --gid 54322 id -gn)" = corp ]
	[ "$(as_user env USER=corp SHELL=/none "$SANDBOX" --uid 54321 sh -c 'tail -n 1 /etc/passwd')" = "corp:x:54321:$(as_user id -g):corp:$USER_HOME:/bin/sh" ]
	for name in '' root 12 a:b a/b 'a b' -a .a 'a,' $'a\nroot:x:0:0::/:/bin/sh' $'a\tb' ä "$(printf '%0300d' 0 | tr 0 a)"; do
		[ "$(as_user env USER="$name" "$SANDBOX" "${IDS[@]}" sh -c 'whoami; id -gn; wc -l </etc/passwd')" = "u54321"$'\n'"u54322"$'\n'$(($(wc -l </etc/passwd) + 1)) ]
	done
	for name in _a 'AD\\user.name@corp.com' 'machine$' a; do
		[ "$(as_user env USER="$name" "$SANDBOX" "${IDS[@]}" sh -c 'whoami')" = "$name" ]
	done
	[ "$(in_sandbox --uid 0 --gid 0 cat /etc/passwd /etc/group)" = "$(cat /etc/passwd /etc/group)" ]
	: what an option puts there counts
	echo 'mine:x:54321:1::/:/bin/sh' >mine
	[ "$(in_sandbox "${IDS[@]}" --ro-bind "$PWD/mine" /etc/passwd whoami)" = mine ]
	[ "$(as_user "$BWRAP" --unshare-user "${IDS[@]}" --ro-bind / / cat /etc/passwd)" = "$(cat /etc/passwd)" ]
}

@test "an /etc/passwd that cannot be read whole counts as one without the caller" {
	for script in 'tr "\0" "\n" </dev/zero | head -c 17000000 >>etc/passwd' 'rm etc/passwd; mkdir etc/passwd'; do
		run host "PATH=$PATH; $script" /sandbox/sandbox sh -c 'echo "$HOME"'
		[ "$status:$output" = 0:/home/u ]
	done
}

@test "programs that ask for the account find the caller: ssh, git, Python and Java" {
	cat >"$USER_HOME/work/who.py" <<-'END'
		import os, pwd, getpass
		me = pwd.getpwuid(os.getuid())
		print(me.pw_name, getpass.getuser(), os.path.isdir(me.pw_dir))
	END
	[ "$(as_user env USER=corp "$SANDBOX" "${IDS[@]}" python3 who.py)" = 'corp corp True' ]
	if command -v ssh >/dev/null; then
		run as_user env USER=corp "$SANDBOX" "${IDS[@]}" ssh -G example.org
		[[ $output == *'user corp'* ]]
	fi
	if command -v git >/dev/null; then
		[[ $(as_user env USER=corp "$SANDBOX" "${IDS[@]}" git -c user.email=a@b var GIT_COMMITTER_IDENT) == "corp <a@b> "* ]]
	fi
	if command -v java >/dev/null; then
		[[ $(as_user env USER=corp "$SANDBOX" "${IDS[@]}" java -XshowSettings:properties -version 2>&1) == *"user.home = $USER_HOME"*'user.name = corp'* ]]
	fi
}

@test "who is in Debian's file of other users keeps that name" {
	local script='mkdir -p var/lib/extrausers; echo "corp:x:54321:54322:C:/home/corp:/bin/sh" >var/lib/extrausers/passwd; echo "staff:x:54322:" >var/lib/extrausers/group'
	[ "$(host "$script" /sandbox/sandbox "${IDS[@]}" sh -c 'whoami; id -gn')" = $'corp\nstaff' ]
	run host "$script; ln -sfn ../usr/share/none etc/group; rm etc/passwd" /sandbox/sandbox "${IDS[@]}" sh -c 'ls /etc'
	[ "$output" = $'group\nld.so.cache\nnsswitch.conf' ] || [ "$output" = $'group\nnsswitch.conf' ]
}

@test "the account's home is empty too, where HOME is another, or a link to it" {
	local script='sed -i "s/:65533:65533/:$u:$u/; /^root/d" etc/passwd; mkdir -p mnt/h home other/u/work; echo taken >other/u/file; chown -R "$u" mnt/h other/u'
	AT=/mnt/h run host "$script; cp -a other/u home/" /sandbox/sandbox sh -c 'ls -A /home/u; pwd; echo x >/home/u/made && echo ~u "$HOME" && cat /home/u/file'
	[[ $output == *$'/mnt/h\n/home/u /mnt/h\n'*'No such file'* ]]
	: the same directory by another path
	run host "$script; ln -s ../other/u home/u" /sandbox/sandbox sh -c 'readlink /home/u; echo "$HOME"; cd /home/u && ls -A && echo x >made && cat file'
	[[ $output == $'/other/u\n/other/u\nwork\n'*'No such file'* ]]
	: what is no home of this user is left as it is
	local wanted=5
	for home in /home/u / /usr/share /var /nonexistent /etc /mnt/h/x; do
		AT=/mnt/h run -0 host "$script; sed -i 's,/home/u,$home,' etc/passwd; mkdir -p mnt/h/x" /sandbox/sandbox --plan true
		[ "$(grep -cE '^(tmpfs|symlink)' <<<"$output")" -eq "$wanted" ]
		wanted=4
	done
}

@test "the tree of another system: the machine's id tells nothing, the caller has a name, its own files stay as they are" {
	mkdir -p tree/etc tree/usr
	cp /etc/passwd /etc/group tree/etc/
	echo 0123456789abcdef0123456789abcdef >tree/etc/machine-id
	for name in bin lib lib64 sbin; do [ ! -L "/$name" ] || ln -sfn "usr/$name" "tree/$name"; done
	own tree
	local before options look='whoami; id -gn; cat /etc/machine-id'
	before=$(find tree -printf '%p %m %s %t\n' | sort; cat tree/etc/*)
	for options in '' --overlay-root; do
		# shellcheck disable=SC2086 # words or none
		run as_user env USER=corp "$SANDBOX" --root "$PWD/tree" $options --cwd none --ro /usr "${IDS[@]}" sh -c "$look"
		[ "$output" = $'corp\ncorp\n73616e64626f78000000000000000000' ]
	done
	: programs that add users replace the file where the tree is writable
	run as_user env USER=corp "$SANDBOX" --root "$PWD/tree" --overlay-root --cwd none --ro /usr "${IDS[@]}" sh -c 'sed s/corp/new/ /etc/passwd >/etc/passwd+ && mv /etc/passwd+ /etc/passwd && whoami'
	[ "$output" = new ]
	[ "$(find tree -printf '%p %m %s %t\n' | sort; cat tree/etc/*)" = "$before" ]
	: a tree is not trusted
	for how in 'ln -sfn /proc/self/root/etc/passwd tree/etc/passwd' 'ln -sfn ../../../../../../../../etc/hostname tree/etc/machine-id' 'rm tree/etc/passwd; mkfifo tree/etc/passwd' \
		'rm tree/etc/passwd; mkdir tree/etc/passwd tree/etc/m; rm tree/etc/machine-id; mkdir tree/etc/machine-id' 'rm -r tree/etc/passwd; truncate -s 1T tree/etc/passwd'; do
		eval "$how"
		timeout 20 bash -c "$(declare -f as_user); as_user \"\$@\"" - env USER=corp "$SANDBOX" --root "$PWD/tree" --cwd none --ro /usr "${IDS[@]}" true
	done
	rm -r tree/etc
	as_user "$SANDBOX" --root "$PWD/tree" --cwd none --ro /usr true
}
