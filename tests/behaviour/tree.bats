#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The tree: what is seen, what is hidden, where mounts land, what is left on the host.
# shellcheck disable=SC2016,SC2030,SC2031 # the scripts are for the shell inside; "run" is called by functions of tests, too

load ../lib/common

in_sandbox() { as_user "$SANDBOX" "$@"; }

# What the host shows of a directory, to compare before and after.
listing() { find "$@" -printf '%p %y %m %s\n' | sort; }

@test "the host's system is there, read-only, and the working directory is writable" {
	run in_sandbox sh -c 'ls -d /usr/bin/env /etc/passwd && touch /usr/x 2>/dev/null || touch /etc/x 2>/dev/null || touch made && pwd'
	[ "$status" -eq 0 ]
	[ "${lines[2]}" = "$USER_HOME/work" ]
	[ -e made ]
	[ ! -e /usr/x ]
	[ ! -e /etc/x ]
	# Who owns the files there could not write them either.
	run in_sandbox sh -c 'cat /proc/self/mountinfo; touch /x || echo "top: $?"'
	[ "$(awk '$5 ~ "^(/|/usr|/etc|/opt)$" && $6 !~ /^ro,/' <<<"$output")" = '' ]
	[[ $output == *'Read-only file system'*'top: 1' ]]
}

@test "no mount heeds set-uid bits, nor devices but where they are meant to be" {
	mkdir -p low
	own low
	run in_sandbox --tmpfs /run/t --size 1M --tmpfs /run/s --overlay-src low --tmp-overlay /run/o --ro-bind-data 9 /run/d --bind low /run/b --proc /run/p \
		--dev /run/dev --mqueue /run/q cat /proc/self/mountinfo 9<<<x
	[ "$(grep -cE ' /run/(t|s|o|d|b|p|dev|q) ' <<<"$output")" -eq 8 ]
	[ "$(awk '$6 !~ /nosuid/' <<<"$output")" = '' ]
	[ "$(awk '$6 !~ /nodev/ && $5 !~ "/(dev/(null|zero|full|random|urandom|tty|console|pts)|(proc|run/p)/(keys|cmdline|sys/kernel/random/boot_id))$"' <<<"$output")" = '' ]
	[ "$(awk '$5 ~ "^/(run/p|proc)$" && $6 !~ /noexec/' <<<"$output")" = '' ]
	run as_user "$BWRAP" "${HOST[@]}" --tmpfs /t --proc /p --dev /dev --bind low /b --dev-bind /dev /d cat /p/self/mountinfo
	[ "$(awk '$6 !~ /nosuid/' <<<"$output")" = '' ]
	[ "$(awk '$6 !~ /nodev/ && $5 !~ "^/(dev|d)/" && $5 != "/d"' <<<"$output")" = '' ]
}

@test "a mount that the host makes later does not come in, and none goes out" {
	mkdir -p shared/later
	own shared
	later() { # PROGRAM OPTION...
		rm -f shared/ready
		as_user timeout 20 unshare -Urm --propagation shared sh -c '
			{
				until [ -e shared/ready ]; do sleep 0.05; done
				mount -t tmpfs none shared/later && : >shared/later/came && echo
				sleep 0.1
			} | "$@" sh -c ": >shared/ready; read x; ls shared/later"
			grep -c " $PWD/shared/later " /proc/self/mountinfo' sh "$@"
	}
	[ "$(later "$BWRAP" --dev-bind / /)" = $'came\n1' ] # the control
	[ "$(later "$SANDBOX")" = 1 ]
	needs_root
	run unshare -m --propagation shared sh -c '"$@"; grep -c " $PWD/shared/later " /proc/self/mountinfo' sh \
		"$BWRAP" --dev-bind / / --tmpfs "$PWD/shared/later" grep -c " $PWD/shared/later " /proc/self/mountinfo
	[ "$output" = $'1\n0' ]
}

@test "/dev is small and has terminals of its own; a tmpfs holds a third of the memory" {
	run as_user python3 -c 'import pty, subprocess, sys
pair = pty.openpty()
subprocess.run(sys.argv[1:])' "$SANDBOX" sh -c 'echo $(ls -A /dev); echo $(ls -A /dev/pts)'
	[ "${lines[0]}" = 'core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero' ]
	[ "${lines[1]}" = ptmx ]
	memory=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
	for dir in /tmp /run /var/tmp /dev/shm "$USER_HOME"; do
		size=$(in_sandbox df -k --output=size "$dir" | tail -n 1)
		[ $((size * 100 / memory)) -le 33 ]
	done
}

@test "home, /tmp, /run and the rest of the host's files are not there" {
	echo secret >"$USER_HOME/secret"
	echo secret >"$BATS_TEST_TMPDIR/secret"
	own "$USER_HOME/secret"
	as_user cat "$USER_HOME/secret" "$BATS_TEST_TMPDIR/secret"
	run in_sandbox cat "$USER_HOME/secret"
	[ "$status" -ne 0 ]
	run in_sandbox cat "$BATS_TEST_TMPDIR/secret"
	[ "$status" -ne 0 ]
	run in_sandbox sh -c 'ls -A /run /var/tmp; ls -A /srv /boot 2>/dev/null; ls -A ~'
	[ "$output" = "/run:

/var/tmp:
work" ]
	run in_sandbox sh -c 'echo x >~/written && echo x >/tmp/written && echo x >/run/written && cat ~/written'
	[ "$output" = x ]
	[ ! -e "$USER_HOME/written" ]
	[ ! -e /tmp/written ]
	[ ! -e /run/written ]
}

@test "--ro, --rw, --cwd: each opens what it names and no more" {
	mkdir -p "$USER_HOME/data/sub"
	echo old >"$USER_HOME/data/file"
	own "$USER_HOME/data"
	run in_sandbox --ro "$USER_HOME/data" sh -c 'cat ~/data/file; echo new >~/data/file'
	[ "${lines[0]}" = old ]
	[ "$status" -ne 0 ]
	[ "$(cat "$USER_HOME/data/file")" = old ]
	in_sandbox --rw "$USER_HOME/data" sh -c 'echo new >~/data/file'
	[ "$(cat "$USER_HOME/data/file")" = new ]
	run in_sandbox --cwd ro touch ro
	[ "$status" -ne 0 ]
	[ ! -e ro ]
	in_sandbox --cwd overlay sh -c 'echo x >thrown && cat thrown'
	[ ! -e thrown ]
	run in_sandbox --cwd none ls -A "$USER_HOME"
	[ "$output" = '' ]
	run in_sandbox --root empty --ro /etc/passwd /usr/bin/env true
	[ "$status" -eq 127 ]
}

@test "a relative --ro or --rw is shown at the same place" {
	mkdir ../beside
	echo old >../beside/file
	own ../beside
	run as_user "$SANDBOX" --ro . touch new
	[ "$status" -ne 0 ]
	[ ! -e new ]
	run as_user "$SANDBOX" --ro ../beside sh -c 'cat "$1/beside/file"; echo new >../beside/file || true' sh "$USER_HOME"
	[ "${lines[0]}" = old ]
	[ "$(cat ../beside/file)" = old ]
	as_user "$SANDBOX" --rw ../beside sh -c 'echo new >../beside/file'
	[ "$(cat ../beside/file)" = new ]
	rm -r ../beside
}

@test "a relative destination is where the same path leads outside" {
	echo secret >.env
	own .env
	run in_sandbox cat .env
	[ "$output" = secret ]
	run in_sandbox --ro-bind /dev/null .env cat .env
	[[ $output == *'.env: Permission denied' ]]
	run in_sandbox --tmpfs ../up --chdir ../up sh -c 'pwd; touch here; cat ../work/.env'
	[ "$output" = "$USER_HOME/up"$'\nsecret' ]
	run in_sandbox --cwd none --dir ./within/deep --symlink ../x within/link --chmod 700 within ls -l "$PWD/within"
	[[ $output == *' deep'*' link -> ../x'* ]]
	[ ! -e within ]
	rm .env
	run in_sandbox --root empty --ro-bind /usr usr true
	[ "$status" -eq 125 ]
	[ "$output" = "sandbox: --ro-bind: 'usr' is relative, and an empty root has no working directory; write $PWD/usr" ]
}

@test "--ro and --rw hold in whatever order they are given, and nothing behind them undoes one" {
	mkdir -p .git/hooks other
	own .git other
	for order in '--ro .git/hooks --rw .' '--rw . --ro .git/hooks' '--ro .git/hooks --tmpfs other --rw .' '--rw .git/hooks --rw . --ro ./.git//hooks/'; do
		# shellcheck disable=SC2086 # order is words
		run in_sandbox $order sh -c 'touch .git/new; touch .git/hooks/new'
		[ "$status" -ne 0 ]
		[ -e .git/new ]
		[ ! -e .git/hooks/new ]
		rm .git/new
	done
	in_sandbox --ro .git/hooks --rw .git/hooks touch .git/hooks/new
	rm .git/hooks/new
	run in_sandbox --ro .git/hooks --bind .git .git true
	[ "$status" -eq 125 ]
	[ "$output" = "sandbox: --bind: $PWD/.git would hide --ro $PWD/.git/hooks: all --ro and --rw take effect where the first of them stands; give this option before it" ]
	in_sandbox --bind .git .git --ro .git/hooks true
	in_sandbox --tmpfs /run/x --ro .git/hooks --remount-ro /run/x true
	rm -r .git other
}

@test "what --ro names is not made writable under another spelling" {
	mkdir -p kept/in other
	echo old >kept/in/file
	ln -s "$PWD" "$USER_HOME/x-spelled" # in home itself, where no command could have made it
	own kept other "$USER_HOME/x-spelled"
	local there=$USER_HOME/x-spelled said='would be made writable by another option, which writes the path differently; write it the same way in both'
	for order in "--rw other/../kept --ro kept/in" "--ro kept/in --bind kept other/../kept" "--rw $there/kept --ro $PWD/kept/in" \
		"--rw other --bind kept $there/kept --ro kept/in" "--ro kept/in/file --rw other/../kept/in" "--ro kept --rw kept/in/../in/../../kept"; do
		# shellcheck disable=SC2086 # order is words
		run in_sandbox --symlink "$PWD" "$there" $order sh -c 'echo new >kept/in/file'
		[ "$status" -ne 0 ]
		[ "$(cat kept/in/file)" = old ]
		[[ $output == *"$said" ]] || { echo "$order: $output" >&2; false; }
	done
	in_sandbox --ro kept/in --rw . --tmpfs other --ro-try absent --rw kept sh -c '! echo new >kept/in/file'
	in_sandbox --ro kept --rw kept/in sh -c 'echo new >kept/in/file'
	[ "$(cat kept/in/file)" = new ]
	rm -r kept other "$USER_HOME/x-spelled"
}

@test "a read-only bind is read-only in the mounts below it" {
	mkdir -p src/sub
	own src
	run as_user "$BWRAP" --bind / / --tmpfs "$PWD/src/sub" --dev /dev "$BWRAP" --ro-bind / / touch "$PWD/src/sub/x" "$PWD/src/x"
	[ "$status" -ne 0 ]
	[ "$(grep -c 'Read-only file system' <<<"$output")" -eq 2 ]
	as_user "$BWRAP" --bind / / --tmpfs "$PWD/src/sub" --dev /dev "$BWRAP" --bind / / touch "$PWD/src/sub/x"
}

destinations() {
	mkdir -p src "$BATS_TEST_TMPDIR/outside"
	chmod 777 "$BATS_TEST_TMPDIR/outside"
	echo found >src/file
	own src
	before=$(listing "$BATS_TEST_TMPDIR/outside")
	# a parent that is an absolute link, made by an earlier option
	run in_sandbox --symlink /run /run2 --bind "$PWD/src" /run2/cups cat /run/cups/file
	[ "$output" = found ]
	run as_user "$BWRAP" "${HOST[@]}" --dir /run --symlink /run /var/run --bind "$PWD/src" /var/run/cups cat /run/cups/file
	[ "$output" = found ]
	# a link that leads to where the host has a directory and the new root has none
	run as_user "$BWRAP" "${HOST[@]}" --symlink "$BATS_TEST_TMPDIR/outside" /out --bind "$PWD/src" /out/in cat /out/in/file
	[[ $status -ne 0 || $output = found ]]
	[ "$(listing "$BATS_TEST_TMPDIR/outside")" = "$before" ]
	run in_sandbox --bind "$PWD/src" /run/a/../../../../run/b cat /run/b/file
	[ "$output" = found ]
	# a final link: followed under our name, refused under bubblewrap's
	run in_sandbox --symlink /run/target /run/link --dir /run/target --bind "$PWD/src" /run/link cat /run/target/file
	[ "$output" = found ]
	run as_user "$BWRAP" "${HOST[@]}" --dir /t --symlink /t /l --bind "$PWD/src" /l true
	[ "$output" = "bwrap: Can't mount on symlink destination /l" ]
	# nor does a link of a process lead anywhere
	run in_sandbox --tmpfs /proc/self/root/run/x true
	[ "$status" -eq 125 ]
	[[ $output == *'its symbolic links never end' ]]
	# a relative destination lies below the new root
	run as_user "$BWRAP" "${HOST[@]}" --bind "$PWD/src" rel cat /rel/file
	[ "$output" = found ]
}

@test "destinations resolve inside the new root, whatever links and .. say" { destinations; }

# A secret in the home, which no option shows.
secret() {
	mkdir -p "$USER_HOME/hidden"
	echo taken >"$USER_HOME/hidden/file"
	own "$USER_HOME/hidden"
}

@test "a source that an earlier command replaced by a link is not followed" {
	secret
	as_user mkdir -p planted/sub
	in_sandbox ln -s ../../hidden planted/src
	local real="$USER_HOME/hidden" said='is a link that a command in a sandbox may have made; if it is right, give the real path:' option
	: the control
	run as_user "$BWRAP" --dev-bind / / --tmpfs /mnt --ro-bind "$PWD/planted/src" /mnt cat /mnt/file
	[ "$output" = taken ]
	for options in "--cwd none --ro-bind $PWD/planted/src" '--ro-bind planted/src' '--bind-try ./planted/sub/../src' "--root empty --bind $PWD//planted/src" \
		'--dev-bind ../work/planted/src' "--ro-bind $PWD/planted/sub /tmp/y --ro-bind $PWD/planted/src"; do
		# shellcheck disable=SC2086 # options are words
		run in_sandbox $options /tmp/x cat /tmp/x/file
		[ "$status" -eq 125 ]
		option=${output#sandbox: } option=${option%%: *}
		[ "$output" = "sandbox: $option: $PWD/planted/src $said $option $real /tmp/x" ]
	done
	run in_sandbox --overlay-src planted/src --tmp-overlay /tmp/x cat /tmp/x/file
	[ "$output" = "sandbox: --tmp-overlay: $PWD/planted/src $said $real" ]
	run in_sandbox --rw planted/src/file cat planted/src/file
	[ "$output" = "sandbox: --rw: $PWD/planted/src $said --bind $real/file $PWD/planted/src/file" ]
	run in_sandbox --root planted/src cat /file
	[ "$output" = "sandbox: --root: $PWD/planted/src $said --root $real" ]
	: from elsewhere, and below what the command line makes writable
	cd /
	run in_sandbox --cwd none --ro "$USER_HOME/work/planted/src" cat "$USER_HOME/work/planted/src/file"
	[ "$output" = "sandbox: --ro: $USER_HOME/work/planted/src $said --ro-bind $real $USER_HOME/work/planted/src" ]
	as_user ln -sfn hidden "$USER_HOME/link"
	run in_sandbox --cwd none --rw "$USER_HOME" --ro-bind "$USER_HOME/link" /tmp/x cat /tmp/x/file
	[ "$output" = "sandbox: --ro-bind: $USER_HOME/link $said --ro-bind $real /tmp/x" ]
	: what is named is shown
	run in_sandbox --cwd none --ro-bind "$real" /tmp/x cat /tmp/x/file
	[ "$output" = taken ]
	: nothing leads on
	run in_sandbox --cwd none --ro-bind "$USER_HOME/work/planted/src/absent" /tmp/x true
	[[ $output == *'cannot find source path'*'No such file'* ]]
}

@test "of sources that lie in one directory each is what it is, a directory, a file or a link" {
	secret
	as_user ln -sfn hidden "$USER_HOME/.link"
	as_user sh -c "echo text >'$USER_HOME/.file'"
	cd "$USER_HOME"
	run in_sandbox --cwd none --ro-bind "$PWD/hidden" /tmp/a --ro-bind "$PWD/.file" /tmp/b --ro-bind "$PWD/.link" /tmp/c --bind-try "$PWD/absent" /tmp/d \
		--bind "$PWD/hidden" /mnt/e --bind "$PWD/.file" /mnt/f sh -c 'cat /tmp/a/file /tmp/b /tmp/c/file; test ! -e /tmp/d; echo new >/mnt/e/new; echo more >>/mnt/f; ! touch /tmp/a/new'
	[[ $output == $'taken\ntext\ntaken\n'* ]]
	[ "$(cat hidden/new .file)" = $'new\ntext\nmore' ]
	run in_sandbox --cwd none --ro-bind "$PWD/hidden" /tmp/a --ro-bind "$PWD/absent" /tmp/b true
	[ "$output" = "sandbox: --ro-bind: cannot find source path $PWD/absent: No such file or directory; make it first, or use a -try option" ] || { echo "$output" >&2; return 1; }
}

@test "a directory that is made read-only and gets a mount point keeps its FIFOs, to be read and not to be written, as by --ro" {
	as_user sh -c 'mkdir fifos && mkfifo fifos/fifo'
	local options
	for options in '--bind fifos /mnt/x --remount-ro /mnt/x' '--ro-bind fifos /mnt/x'; do
		as_user timeout 10 sh -c 'echo text >fifos/fifo' 3>&- &
		# shellcheck disable=SC2086 # several words
		run in_sandbox $options --tmpfs /mnt/x/new sh -c 'timeout 10 cat /mnt/x/fifo; ls /mnt/x'
		wait $!
		[ "$output" = $'text\nfifo\nnew' ]
		# shellcheck disable=SC2086
		run in_sandbox $options --tmpfs /mnt/x/new timeout 10 sh -c 'echo text >/mnt/x/fifo'
		[ "$(landlock)" -lt 3 ] || [[ $output == *'Permission denied' ]]
	done
}

@test "links that no command in a sandbox could make are followed: in home itself, in the system's directories" {
	secret
	as_user ln -sfn hidden "$USER_HOME/.link"
	run in_sandbox --ro "$USER_HOME/.link" cat "$USER_HOME/.link/file"
	[ "$output" = taken ]
	run in_sandbox --ro-bind ../.link/file /tmp/x cat /tmp/x
	[ "$output" = taken ]
	in_sandbox --cwd none --ro-bind /bin/sh /tmp/sh --ro-bind /proc/self/exe /tmp/exe --ro-bind /etc/../bin/env /tmp/env sh -c 'cmp /tmp/sh /bin/sh && cmp /tmp/env /usr/bin/env && test -s /tmp/exe'
	as_user ln -sfn b a
	as_user ln -sfn a b
	run as_user "$BWRAP" --dev-bind / / --ro-bind "$PWD/a" /mnt true
	[[ $output == "bwrap: Can't find source path $PWD/a: "* ]]
	rm a b
	[ "$(id -u)" = 0 ] || return 0
	: those of others, in a directory of the user
	ln -sfn ../hidden root-made
	run in_sandbox --ro-bind root-made /tmp/x cat /tmp/x/file
	[ "$output" = taken ]
	: but root follows none of theirs, in /home neither
	run "$SANDBOX" --cwd none --ro-bind "$PWD/root-made" /tmp/x cat /tmp/x/file
	[ "$status" -eq 125 ]
	run env HOME=/root unshare -m sh -c 'mount -t tmpfs none /home; mkdir /home/u; ln -s /etc /home/u/link; exec "$1" --cwd none --ro-bind /home/u/link /tmp/x ls /tmp/x' sh "$SANDBOX"
	[[ $output == 'sandbox: --ro-bind: /home/u/link is a link '*': --ro-bind /etc /tmp/x' ]]
	: nor that of a service, in a directory of root
	local lead='mount -t tmpfs none /opt; mkdir -p /opt/service/secret; echo taken >/opt/service/secret/file; chmod 700 /opt/service/secret
		ln -s secret /opt/service/link; chown -h "$2" /opt/service/link; exec "$1" --cwd none --ro-bind /opt/service/link /tmp/x cat /tmp/x/file'
	[ "$(unshare -m sh -c "$lead" sh "$SANDBOX" 0)" = taken ]
	run unshare -m sh -c "$lead" sh "$SANDBOX" 65533
	[[ $output == 'sandbox: --ro-bind: /opt/service/link is a link '*': --ro-bind /opt/service/secret /tmp/x' ]]
	: but those of the machine, where root is that of a user namespace
	as_user unshare -Ur "$SANDBOX" --cwd none --ro-bind /bin/sh /tmp/sh true
}

# swapped COMMAND...: while it runs, swap/src is now a directory, now a link to the secret.
swapped() {
	secret
	rm -rf swap
	as_user mkdir -p swap/src
	echo plain >swap/src/file
	as_user ln -s ../../hidden swap/link
	as_user python3 -c 'import ctypes, os
swap = ctypes.CDLL(None).renameat2
while not os.path.exists("swap/stop"):
    swap(-100, b"swap/src", -100, b"swap/link", 2)' 3>&- &
	local pid=$!
	"$@"
	: >swap/stop
	wait "$pid"
}

# many TIMES COMMAND...: what it says, a line a time
MANY='for ((i = 0; i < $1; i++)); do "${@:2}" 2>/dev/null 9<&0; done; true'
many() { bash -c "$MANY" many "$@" </dev/null >"$BATS_TEST_TMPDIR/got"; }
as_user_many() { as_user bash -c "$MANY" many "$@" </dev/null >"$BATS_TEST_TMPDIR/got"; }
got() { grep -cx "$1" "$BATS_TEST_TMPDIR/got" || true; }

swapped_source() {
	: the control leaks, sooner or later
	for _ in $(seq 20); do
		swapped as_user_many 50 "$BWRAP" --dev-bind / / --tmpfs /mnt --ro-bind "$PWD/swap/src" /mnt cat /mnt/file
		[ "$(got taken)" = 0 ] || break
	done
	[ "$(got taken)" -gt 0 ]
	swapped as_user_many "$(rounds 200)" "$SANDBOX" --cwd none --ro-bind "$PWD/swap/src" /tmp/x cat /tmp/x/file
	[ "$(got taken)" = 0 ]
	[ "$(got plain)" -gt 0 ]
	swapped as_user_many "$(rounds 50)" "$SANDBOX" --ro-bind swap/src/../src/file /tmp/x cat /tmp/x
	[ "$(got taken)" = 0 ]
	[ "$(id -u)" = 0 ] || return 0
	swapped many "$(rounds 200)" "$SANDBOX" --cwd none --ro-bind "$PWD/swap/src" /tmp/x cat /tmp/x/file
	[ "$(got taken)" = 0 ]
	[ "$(got plain)" -gt 0 ]
}

# bats test_tags=repeated
@test "a source that is swapped for a link while the sandbox starts never shows what that leads to" { swapped_source; }

swapped_destination() {
	everything() { find "$USER_HOME/hidden" -printf '%p %y %m %s\n' | sort; }
	secret
	local before
	before=$(everything)
	: the control, by path
	for _ in $(seq 20); do
		swapped as_user_many 50 mkdir -p swap/src/made
		[ ! -d "$USER_HOME/hidden/made" ] || break
	done
	[ -d "$USER_HOME/hidden/made" ]
	rmdir "$USER_HOME/hidden/made"
	swapped as_user_many "$(rounds 200)" "$SANDBOX" --rw "$PWD" --tmpfs "$PWD/swap/src/made" --dir "$PWD/swap/src/dir" true
	[ "$(everything)" = "$before" ]
	swapped as_user_many "$(rounds 200)" "$BWRAP" "${HOST[@]}" --bind "$PWD" "$PWD" --file 9 "$PWD/swap/src/new" --tmpfs "$PWD/swap/src/made" \
		--dir "$PWD/swap/src/dir" --symlink x "$PWD/swap/src/symlink" true
	[ "$(everything)" = "$before" ]
	[ "$(id -u)" = 0 ] || return 0
	swapped many "$(rounds 50)" "$SANDBOX" --cwd none --rw "$PWD" --tmpfs "$PWD/swap/src/made" --chmod 0 "$PWD/swap/src/file" true
	[ "$(everything)" = "$before" ]
}

# bats test_tags=repeated
@test "a destination that is swapped for a link while the sandbox starts makes nothing outside" { swapped_destination; }

@test "no way leads up out of the tree" {
	for path in /.. /../.. /proc/1/root/.. /etc/../..; do
		run in_sandbox ls "$path/srv" "$path/boot" "$path$BATS_TEST_TMPDIR"
		[ "$status" -ne 0 ]
		[[ $output != *tree.bats* ]]
	done
	# The same where Landlock does not hold it, with and without what is put below the new root while it is built.
	for options in '' '--bind-data 9 /x'; do
		# shellcheck disable=SC2086 # words or none
		[ "$(as_user "$BWRAP" "${HOST[@]}" $options ls -di /.. 9</dev/null)" = "$(as_user "$BWRAP" "${HOST[@]}" $options ls -di / 9</dev/null | sed 's,/,/..,')" ]
		# shellcheck disable=SC2086
		[ "$(as_user "$BWRAP" "${HOST[@]}" $options ls -x /.. 9</dev/null)" = "$(as_user "$BWRAP" "${HOST[@]}" $options ls -x / 9</dev/null)" ]
	done
}

@test "directories above a mount in a writable directory stay where they are, unless it is as writable; bwrap leaves them alone" {
	local deep=1/2/3/4/5/6/7/8/9/10/11/12 at=$PWD/top/held options
	as_user mkdir -p "$deep" top/held/part top/other/low
	as_user touch "$deep/file" top/held/part/file
	local move='perl -e '\''exit(rename("top/held", "top/moved") ? 0 : $!)'\'
	for options in "--ro $at/part" "--ro-bind /etc $at/part" "--ro $at/part/file" "--ro ../work/top/other/../held/part" "--tmpfs $at/part" \
		"--ro-bind-data 9 $at/part/file" "--tmp-overlay $at/part" "--bind /usr/share $at/part --remount-ro $at/part"; do
		[[ $options != --tmp-overlay* ]] || options="--overlay-src $at/part $options"
		# shellcheck disable=SC2086 # options are words
		run in_sandbox $options sh -c "$move" 9</etc/hostname
		[ "$status" -eq 16 ] # EBUSY
	done
	for options in '' "--rw $at/part" "--bind /usr/share $at/part"; do
		# shellcheck disable=SC2086
		in_sandbox $options sh -c "$move"
		as_user mv top/moved top/held
	done
	as_user "$BWRAP" --dev-bind / / --ro-bind "$at/part" "$at/part" sh -c "$move"
	as_user mv top/moved top/held
	: a mount for each, and no more
	[ "$(in_sandbox --ro "$PWD/$deep/file" grep -c " $PWD" /proc/self/mountinfo)" = 14 ]
	: files beside each other are held once
	[ "$(in_sandbox --ro "$at/part" --ro "$at" --ro "$at/part" grep -c " $PWD/top " /proc/self/mountinfo)" = 1 ]
	: what is opened up for a mount point below stays read-only
	run in_sandbox --overlay-src /usr/share --overlay-src /usr/lib --ro-overlay "$at" --tmpfs "$at/absent" --ro "$PWD/top/other/low" \
		sh -c 'touch top/held/absent/good top/held/evil'
	[ "$status" -ne 0 ]
	[[ $output == *evil*'Read-only file system'* && $output != *good* ]]
}

@test "a mount point missing under a read-only source is made without touching the host" {
	run in_sandbox --tmpfs /usr/share/made-here --ro-bind /etc/passwd /usr/lib/made/file sh -c 'ls -d /usr/share/made-here; cat /usr/lib/made/file | wc -l; true >/usr/share/made-here/x; touch /usr/share/y /usr/lib/y; ls /usr/bin/env'
	[ "${lines[0]}" = /usr/share/made-here ]
	[ "${lines[1]}" -gt 0 ]
	[ "$(grep -c 'Read-only file system' <<<"$output")" -eq 2 ]
	[[ $output == */usr/bin/env* ]]
	[ ! -e /usr/share/made-here ]
	[ ! -e /usr/lib/made ]
}

@test "parents that may be searched and not listed" {
	mkdir -p closed/in
	echo found >closed/in/file
	chmod 711 closed
	[ "$(id -u)" != 0 ] || chown 0 closed
	run in_sandbox --cwd none --ro "$PWD/closed/in" cat "$PWD/closed/in/file"
	[ "$output" = found ]
	run in_sandbox --ro-bind "$PWD/closed" "$PWD/closed" --tmpfs "$PWD/closed/in" ls -A "$PWD/closed/in"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "sockets, fifos, devices and single files as sources" {
	mkfifo fifo
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' || skip 'no python3'
	own fifo socket
	run in_sandbox --bind "$PWD/socket" /run/socket --bind "$PWD/fifo" /run/fifo --dev-bind /dev/null /run/null \
		sh -c 'test -S /run/socket && test -p /run/fifo && echo x >/run/null && echo all'
	[ "$output" = all ]
	run in_sandbox --bind /dev/null /run/null sh -c 'echo x >/run/null'
	[ "$status" -ne 0 ]
}

@test "descriptors as sources; a deleted file says so" {
	echo content >file
	own file
	run in_sandbox --ro-bind-fd 9 /run/file cat /run/file 9<file
	[ "$output" = content ]
	run in_sandbox --bind-fd 9 /run/dir cat /run/dir/file 9<.
	[ "$output" = content ]
	exec 9<file
	rm file
	run in_sandbox --ro-bind-fd 9 /run/file cat /run/file
	[ "$status" -eq 125 ]
	[[ $output == 'sandbox: --ro-bind-fd: descriptor 9 holds the deleted file '*'; copy it in with --ro-bind-data' ]]
	run in_sandbox --ro-bind-data 9 /run/file cat /run/file
	[ "$output" = content ]
	exec 9<&-
	# The name that the kernel has for a file that was replaced, of which there is another link, may be anybody's.
	echo content >file
	ln file other
	exec 9<file
	rm file
	echo planted >'file (deleted)'
	own .
	run in_sandbox --ro-bind-fd 9 /run/file cat /run/file
	exec 9<&-
	[ "$status:$output" = "125:sandbox: --ro-bind-fd: descriptor 9 was opened as '$PWD/file (deleted)', which is another file now" ]
}

@test "sources in /proc/self are the caller's: its directory, its descriptors, not those that building takes" {
	mkdir -p here/sub
	: >here/sub/found
	own .
	cd here
	local bwrap=("$BWRAP" "${HOST[@]}") path
	for path in /proc/self/cwd/sub /proc/thread-self/cwd/sub /proc/self/cwd/../here/sub; do
		[ "$path:$(as_user "${bwrap[@]}" --bind "$path" /w ls /w)" = "$path:found" ]
		[ "$path:$(as_user "$SANDBOX" --ro-bind "$path" /run/w ls /run/w)" = "$path:found" ]
	done
	[ "$(as_user "${bwrap[@]}" --bind /proc/self/cwd /w ls /w)" = sub ]
	[ "$(as_user "$SANDBOX" --bind /proc/self/cwd /run/w ls /run/w)" = sub ]
	[ "$(as_user "${bwrap[@]}" --overlay-src /proc/self/cwd --tmp-overlay /w ls /w)" = sub ]
	[ "$(as_user "${bwrap[@]}" --bind /proc/self/fd/9 /w --ro-bind /dev/fd/9 /v ls /w /v 9<sub)" = $'/v:\nfound\n\n/w:\nfound' ]
	[ "$(as_user "${bwrap[@]}" --sync-fd 9 --bind /proc/self/fd/9 /w ls /w 9<sub)" = found ]
	[ "$(as_user "$SANDBOX" --keep-fd 9 --bind /proc/self/fd/9 /run/w ls /run/w 9<sub)" = found ]
	local fd
	for fd in {3..40}; do # nobody has them open but we
		run as_user bash -c 'for n in {3..40}; do eval "exec $n<&-"; done; exec "$@"' bash "${bwrap[@]}" --bind "/proc/self/fd/$fd" /w true
		[ "$status:$output" = "1:bwrap: Can't find source path /proc/self/fd/$fd: No such file or directory" ]
		run as_user bash -c 'for n in {3..40}; do eval "exec $n<&-"; done; exec "$@"' bash "$SANDBOX" --ro-bind-try "/dev/fd/$fd" /run/w ls /run
		[ "$status:$output" = 0: ]
	done
}

@test "--dir, --file, --bind-data, --perms, --size, --chmod, --symlink, --remount-ro, --mqueue" {
	run in_sandbox --perms 0711 --dir /run/d --perms 0640 --file 8 /run/f --perms 0604 --bind-data 9 /run/b \
		--perms 01777 --size 8192 --tmpfs /run/t --chmod 0700 /run/e --symlink t /run/l stat -c '%n %a' /run/d /run/f /run/b /run/t \
		8<<<data 9<<<data
	[ "$status" -eq 125 ]
	run in_sandbox --perms 0711 --dir /run/d --perms 0640 --file 8 /run/f --perms 0604 --bind-data 9 /run/b \
		--perms 01777 --size 8192 --tmpfs /run/t --dir /run/e --chmod 0700 /run/e --symlink t /run/l stat -c '%n %a' /run/d /run/f /run/b /run/t /run/e \
		8<<<data 9<<<data
	[ "$output" = "/run/d 711
/run/f 640
/run/b 604
/run/t 1777
/run/e 700" ]
	run in_sandbox --size 8192 --tmpfs /run/t sh -c 'head -c 20000 /dev/zero >/run/t/x'
	[ "$status" -ne 0 ]
	run in_sandbox --tmpfs /run/t --remount-ro /run/t touch /run/t/x
	[ "$status" -ne 0 ]
	run in_sandbox --mqueue /dev/mqueue stat -f -c %T /dev/mqueue
	[ "$status" -eq 0 ]
	run in_sandbox --ro-bind-data 9 /run/b sh -c 'cat /run/b; echo more >>/run/b' 9<<<data
	[ "${lines[0]}" = data ]
	[ "$status" -ne 0 ]
}

@test "--bind-try, --ro-bind-try, --dev-bind-try ignore an absent source alone" {
	in_sandbox --bind-try /absent /a --ro-bind-try /absent /b --dev-bind-try /absent /c true
	run in_sandbox --bind-try /etc/passwd/x /a true
	[ "$status" -eq 125 ]
	run in_sandbox --dev-bind /dev/zero /run/z --dev-bind-try /dev/zero /run/y --bind-try /etc/passwd /run/p --ro-bind-try /etc/passwd /run/q head -c 1 /run/y
	[ "$status" -eq 0 ]
}

@test "overlays: temporary, read-only, writable; layers in order; nothing in the kernel log" {
	mkdir -p low high up work
	echo low >low/file
	echo high >high/file
	echo only >low/only
	own low high up work
	log=$(dmesg 2>/dev/null | grep -c overlayfs || true)
	run in_sandbox --overlay-src low --overlay-src high --tmp-overlay /run/o sh -c 'cat /run/o/file /run/o/only; rm /run/o/only; echo x >/run/o/new; ls /run/o'
	[ "$output" = "high
only
file
new" ]
	[ "$(ls low high)" = "high:
file

low:
file
only" ]
	run in_sandbox --overlay-src low --overlay-src high --ro-overlay /run/o touch /run/o/new
	[ "$status" -ne 0 ]
	in_sandbox --overlay-src low --overlay up work /run/o sh -c 'echo x >/run/o/new'
	[ "$(cat up/new)" = x ]
	[ ! -e low/new ]
	[ "$(dmesg 2>/dev/null | grep -c overlayfs)" = "$log" ]
}

@test "no overlay is made of a directory with a mount inside, and the message says which" {
	mkdir -p layered/sub\ one layered/other
	own layered
	script='mount -t tmpfs none "layered/sub one" && cd layered && shift $1 &&'
	run as_user unshare -rm sh -c "$script"' "$@"' sh 1 "$SANDBOX" --cwd overlay true
	[ "$status" -eq 125 ]
	[ "$output" = "sandbox: --cwd: cannot make an overlay of $PWD/layered: $PWD/layered/sub one is a mount inside it; unmount that first, or use --cwd ro" ]
	run as_user unshare -rm sh -c "$script"' "$@"' sh 1 "$SANDBOX" --overlay-src other --overlay-src . --ro-overlay /run/x true
	[ "$status" -eq 125 ]
	[ "$output" = "sandbox: --ro-overlay: cannot make an overlay of $PWD/layered: $PWD/layered/sub one is a mount inside it; unmount that first" ]
	as_user unshare -rm sh -c "$script"' "$@"' sh 1 "$SANDBOX" --overlay-src other --tmp-overlay /run/x true
	rm -r layered
}

@test "--noexec: nothing at the place or below it is executed, whatever is renamed" {
	mkdir -p programs/sub
	cp "$(type -P true)" programs/sub/true
	own programs
	in_sandbox programs/sub/true
	run in_sandbox --noexec programs/sub programs/sub/true
	[ "$status" -eq 126 ]
	[ "$output" = 'sandbox: programs/sub/true: cannot execute: Permission denied' ]
	run in_sandbox --noexec . --tmpfs /run/x --noexec /run/x sh -c 'cp programs/sub/true .; ./true; cp true /run/x; /run/x/true; cp true /tmp && /tmp/true && echo there'
	[ "${lines[*]}" = 'sh: 1: ./true: Permission denied sh: 1: /run/x/true: Permission denied there' ]
	run in_sandbox --noexec programs/sub sh -c 'mv programs p; mv programs/sub programs/s; exec programs/sub/true'
	[ "$status" -eq 126 ]
	[[ $output == *'cannot move'*'programs/sub/true: Permission denied' ]]
	run in_sandbox --noexec / true
	[ "$status" -eq 126 ]
	run in_sandbox --noexec absent true
	[ "$output" = "sandbox: --noexec: cannot find $PWD/absent: No such file or directory" ]
	rm -r programs true
}

@test "--ro-try and --rw-try leave out what is absent, and nothing else" {
	echo old >there
	own there
	in_sandbox --ro-try absent --rw-try absent --rw . --ro-try there sh -c '! echo new >there'
	[ "$(cat there)" = old ]
	run in_sandbox --rw-try there/below true
	[ "$status" -eq 125 ]
	in_sandbox --cwd ro --rw-try there sh -c 'echo new >there'
	[ "$(cat there)" = new ]
	rm there
}

@test "a writable file alone in a directory is saved in place, and no other directory is read-only for it" {
	local app=$USER_HOME/.config/app
	mkdir -p "$app" "$USER_HOME/.tool/bin"
	echo old >"$app/settings"
	touch "$USER_HOME/alone"
	own "$USER_HOME/.config" "$USER_HOME/.tool" "$USER_HOME/alone"
	: what GTK programs save with, which renames a new file over the old one if it can make one
	needs gio
	in_sandbox --rw "$app/settings" sh -c 'echo new | gio save ~/.config/app/settings; ! touch ~/.config/app/other && touch ~/.config/other'
	[ "$(cat "$app/settings")" = new ]
	in_sandbox --bind "$app/settings" /run/one/file sh -c '! touch /run/one/other && touch /run/other'
	in_sandbox --rw "$app" sh -c 'echo newer | gio save ~/.config/app/settings; touch ~/.config/app/other'
	[ "$(cat "$app/settings")" = newer ]
	[ -e "$app/other" ]
	in_sandbox --rw "$app/settings" --rw "$app/other" touch "$app/third"
	in_sandbox --ro "$USER_HOME/.tool/bin" mkdir "$USER_HOME/.tool/registry"
	in_sandbox --rw "$USER_HOME/alone" touch "$USER_HOME/beside"
	in_sandbox --dir "$app" --rw "$app/settings" touch "$app/third"
	in_sandbox --tmpfs "$app" --rw "$app/settings" touch "$app/third"
	rm -r "$USER_HOME/.config" "$USER_HOME/.tool" "$USER_HOME/alone"
}

@test "a mount of the host that is gone or never was: nothing is left there" {
	local at=/run/$RANDOM$RANDOM before
	before=$(listing "$USER_HOME/work")
	[ "$(in_sandbox --tmpfs "$at/a" --dir "$at/b" --proc "$at/p" --dev "$at/d" grep -c " $at/[apd] " /proc/self/mountinfo)" = 3 ]
	run in_sandbox --tmpfs "$at/a" --ro /absent true
	[ "$status" -eq 125 ]
	[ "$(listing "$USER_HOME/work")" = "$before" ]
	[ ! -e "$at" ]
	run ! grep " $at" /proc/self/mountinfo
}

@test "what root may read and others not stays unread when root runs it" {
	needs_root
	cd /
	cat /etc/shadow >/dev/null
	run "$SANDBOX" --cwd none cat /etc/shadow
	[ "$status" -ne 0 ]
	run unshare -Ur "$SANDBOX" --cwd none cat /etc/shadow
	[ "$status" -ne 0 ]
	"$SANDBOX" --cwd none cat /etc/passwd >/dev/null
}

@test "run by root, the command is no root outside: sysctls, device nodes, what /proc keeps from others" {
	needs_root
	cd "$USER_HOME/work"
	file=/proc/sys/fs/lease-break-time
	before=$(cat "$file")
	run "$SANDBOX" --cwd none sh -c 'echo $(($1 + 1)) >"$2"' sh "$before" "$file"
	after=$(cat "$file")
	echo "$before" >"$file"
	[ "$after" = "$before" ]
	[[ $output == *'Read-only file system'* ]]
	echo $((before + 1)) >"$file" # the control: this machine lets root do it
	[ "$(cat "$file")" != "$before" ]
	echo "$before" >"$file"
	run "$BWRAP" --ro-bind / / --unshare-pid --proc /proc grep -c ' /proc/\(irq\|bus\) ro,' /proc/self/mountinfo
	[ "$output" = 2 ]
	run "$SANDBOX" --cwd none sh -c 'chmod 600 /dev/zero; chown 7 /dev/zero; echo x >/dev/zero && echo written'
	mode=$(stat -c '%a %u' /dev/zero)
	chmod 666 /dev/zero
	chown 0 /dev/zero
	echo "mode and owner: $mode"
	[ "$mode" = '666 0' ]
	[ "${lines[-1]}" = written ]
	for option in --cwd=none --allow-userns --cap-add=ALL; do # a mode in one /proc is that of each that looks at it first
		run -1 "$SANDBOX" --cwd none "$option" chmod 400 /proc/devices
		run as_user "$SANDBOX" --cwd none stat -c %a /proc/devices
		chmod 444 /proc/devices
		[ "$output" = 444 ]
	done
	for file in /proc/kpagecount /proc/slabinfo /proc/vmallocinfo; do
		[ -e "$file" ] || continue
		head -c 8 "$file" >/dev/null
		run "$SANDBOX" --cwd none head -c 8 "$file"
		[ "$status" -ne 0 ]
	done
	run "$SANDBOX" --cwd none sh -c 'echo 7 >/proc/self/oom_score_adj && cat /proc/self/oom_score_adj'
	[ "$output" = 7 ]
	run "$SANDBOX" --cwd none sh -c 'id -G; cat /proc/self/status | grep ^Groups'
	[ "${lines[0]}" = 0 ]
}

@test "the machine's id, the boot's and the kernel's command line, and the user's keys, are shown on request alone" {
	local boot=/proc/sys/kernel/random/boot_id options how
	[ "$(wc -c </proc/cmdline):$(wc -c <"$boot")" != 0:0 ] # the control
	seen() {
		"$@" sh -c 'cat /proc/cmdline; [ ! -e /proc/keys ] || cat /proc/keys; echo; cat /proc/sys/kernel/random/boot_id; ls -A / | grep -c id'
	}
	seen as_user "$SANDBOX" >"$BATS_TEST_TMPDIR/seen" || true
	mapfile -t lines <"$BATS_TEST_TMPDIR/seen"
	[ "${#lines[@]}" -eq 3 ]
	[ -z "${lines[0]}" ]
	[ "${lines[2]}" = 0 ]
	[[ ${lines[1]} =~ ^[0-9a-f]{8}-[0-9a-f-]{27}$ ]]
	[ "${lines[1]}" != "$(cat "$boot")" ]
	run in_sandbox --root empty --ro /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --dir /a --proc /a/proc cat /a/proc/cmdline "/a$boot"
	[ "${#lines[@]}" -eq 1 ]
	[ "$output" != "$(cat "$boot")" ]
	: what is asked for is shown, and all of /proc where another must be mountable
	for options in "--ro /proc/cmdline --ro $boot" --allow-userns '--ro-bind /proc /proc'; do
		# shellcheck disable=SC2086 # options are words
		run in_sandbox $options cat /proc/cmdline "$boot"
		[ "$output" = "$(cat /proc/cmdline "$boot")" ]
	done
	[ "$(as_user "$BWRAP" --ro-bind / / --unshare-pid --proc /proc cat "$boot")" = "$(cat "$boot")" ]
	if [ -s /etc/machine-id ]; then
		run in_sandbox sh -c 'cat /etc/machine-id; echo x >/etc/machine-id'
		[ "${lines[0]}" = 73616e64626f78000000000000000000 ]
		[ "$status" -ne 0 ]
		[ "$(in_sandbox --ro /etc/machine-id cat /etc/machine-id)" = "$(cat /etc/machine-id)" ]
	fi
	[ "$(id -u)" = 0 ] || return 0
	run "$SANDBOX" --cwd none cat /proc/cmdline "$boot"
	[ "${#lines[@]}" -eq 1 ]
	[ "$output" != "$(cat "$boot")" ]
	: where it is absent or a link, also one that leads nowhere
	for how in ':' 'ln -s /run/machine-id etc/machine-id' 'ln -s ../usr/id etc/machine-id'; do
		run unshare -m sh -c 'cd "$1" && rm -rf etc && cp -a /etc . && rm -f etc/machine-id && eval "$2" && mount --bind etc /etc && exec "$3" --cwd none sh -c "cat /etc/machine-id 2>/dev/null || echo none"' \
			sh "$BATS_TEST_TMPDIR" "$how" "$SANDBOX"
		[ "$output" = none ]
	done
}

@test "renames elsewhere on the machine do not disturb the start" {
	python3 -c 'import os, sys, time
os.makedirs("a"); os.makedirs("b"); open("a/x", "w").close()
end = time.time() + 20
while time.time() < end and not os.path.exists("stop"):
	os.rename("a/x", "b/x"); os.rename("b/x", "a/x")' 3>&- &
	pid=$!
	for _ in $(seq 40); do
		as_user "$BWRAP" "${HOST[@]}" --dir /var --symlink ../run /var/run --tmpfs /var/run/x --tmpfs /var/run/y \
			--tmpfs /var/run/a --tmpfs /var/run/b --tmpfs /var/run/c --tmpfs /var/run/d true
	done
	: >stop
	wait "$pid"
}

@test "--share-net brings the resolver's configuration, wherever it is" {
	needs_root
	mkdir "$BATS_TEST_TMPDIR/etc"
	cp -a /etc/. "$BATS_TEST_TMPDIR/etc/"
	ln -sf /run/resolver/resolv.conf "$BATS_TEST_TMPDIR/etc/resolv.conf"
	run unshare -m sh -c 'mount --bind "$1" /etc; mount -t tmpfs none /run; mkdir /run/resolver; echo nameserver 127.0.0.7 >/run/resolver/resolv.conf
		shift; "$@" --share-net sh -c "cat /etc/resolv.conf; grep -c \" /etc/\" /proc/self/mountinfo"; "$@" cat /etc/resolv.conf' sh "$BATS_TEST_TMPDIR/etc" \
		setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env HOME="$USER_HOME" "$SANDBOX" --cwd none
	[ "${lines[0]}" = 'nameserver 127.0.0.7' ]
	[ "${lines[1]}" -le 3 ] # what lies beside it is not mounted one by one
	[[ ${lines[2]} == *'No such file'* ]]
}

@test "a dead or stuck file system below a source does not hang the start" {
	needs_root
	[ -e /dev/fuse ] || skip 'no /dev/fuse'
	cat >"$BATS_TEST_TMPDIR/stuck.py" <<-'END'
		import ctypes, os, sys
		fd = os.open("/dev/fuse", os.O_RDWR)
		libc = ctypes.CDLL(None, use_errno=True)
		options = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fd
		if libc.mount(b"stuck", sys.argv[1].encode(), b"fuse", 0, options.encode()): sys.exit("mount: %d" % ctypes.get_errno())
		if sys.argv[2] == "dead": os.close(fd)
		os.set_inheritable(fd, True) if sys.argv[2] == "stuck" else None
		os.execvp(sys.argv[3], sys.argv[3:])
	END
	mkdir -p "$BATS_TEST_TMPDIR/source/below"
	touch "$BATS_TEST_TMPDIR/source/file"
	for how in stuck dead; do
		run timeout -s KILL 20 unshare -m python3 "$BATS_TEST_TMPDIR/stuck.py" "$BATS_TEST_TMPDIR/source/below" "$how" \
			"$SANDBOX" --cwd none --ro-bind "$BATS_TEST_TMPDIR/source" /run/s --dir /run/s/made ls -d /run/s/made /run/s/file
		[ "$output" = $'/run/s/file\n/run/s/made' ]
	done
}

@test "--plan, --options, --help, --version and --verbose say and do nothing else" {
	run in_sandbox --plan --ro /etc/passwd true
	[ "$status" -eq 0 ]
	[[ $output == *'read-only bind /etc/passwd'* ]]
	run in_sandbox --options
	[ "${#lines[@]}" -ge 68 ]
	run in_sandbox --help
	[[ ${lines[0]} == usage:* ]]
	[ "$(in_sandbox -h)" = "$(in_sandbox --help)" ]
	run in_sandbox --version
	[[ $output == 'sandbox '* ]]
	run as_user "$BWRAP" --version
	[ "$output" = 'bubblewrap 0.13.1' ]
	run in_sandbox --verbose true
	[[ $output == *'/proc'* ]]
	run in_sandbox --args 9 cat /run/x/passwd 9< <(printf '%s\0' --ro-bind /etc /run/x)
	[ "$status" -eq 0 ]
}

# Puts a filter around the program under both its names: openat2 answers ERRNO.
refuse_openat2() {
	local name
	cc -static -O1 -o "$USER_DIR/bin/call" "$BATS_TEST_DIRNAME/../lib/call.c"
	mkdir -p "$USER_DIR/filtered"
	for name in sandbox bwrap; do
		printf '#!/bin/sh\nexec %q -refuse 437 %s %q "$@"\n' "$USER_DIR/bin/call" "$1" "$USER_DIR/bin/$name" >"$USER_DIR/filtered/$name"
	done
	chmod 755 "$USER_DIR/filtered"/*
	SANDBOX=$USER_DIR/filtered/sandbox BWRAP=$USER_DIR/filtered/bwrap
	run as_user "$USER_DIR/bin/call" -refuse 437 "$1" "$USER_DIR/bin/call" 437,-100,0,0,24
	[[ $output = "437 -1 $2" ]]
}

@test "where a filter refuses openat2 to the program, destinations resolve inside the new root all the same" {
	local row
	for row in '38 ENOSYS' '1 EPERM'; do
		# shellcheck disable=SC2086 # two words
		refuse_openat2 $row
		[ "$(in_sandbox echo works)" = works ]
		[ "$(as_user "$BWRAP" --bind / / --tmpfs /mnt/../mnt --chdir /usr/bin pwd)" = /usr/bin ]
		rm -rf src "$BATS_TEST_TMPDIR/outside"
		destinations
	done
}
# bats test_tags=repeated
@test "where a filter refuses openat2 to the program, a swapped source never shows what the link leads to" {
	refuse_openat2 38 ENOSYS
	swapped_source
}
# bats test_tags=repeated
@test "where a filter refuses openat2 to the program, a swapped destination makes nothing outside" {
	refuse_openat2 38 ENOSYS
	swapped_destination
}

@test "what is the caller's own among the system's files is readable, others' is not; options cover it" {
	needs_root
	local lead='mount -t tmpfs none /opt; mkdir -m 700 /opt/dir; echo taken | tee /opt/mine /opt/dir/mine /opt/other >/dev/null
		chmod 600 /opt/mine /opt/other; chown -R "$1" /opt/mine /opt/dir; chown 65532 /opt/other; shift; exec "$@"'
	own_files() { unshare -m sh -c "$lead" sh "$USER_ID" "$@" sh -c 'cat /opt/mine /opt/dir/mine /opt/other 2>/dev/null'; }
	run own_files setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups "$SANDBOX" --cwd none
	[ "$output" = $'taken\ntaken' ]
	run own_files setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups "$SANDBOX" --cwd none --tmpfs /opt/dir --ro-bind /dev/null /opt/mine
	[ "$status:$output" = 1: ]
}
