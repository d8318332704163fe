#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/bwrap/callers.sh SANDBOX
#
# Flatpak, unmodified, with a link named "bwrap" to SANDBOX: a runtime of busybox alone and an application on it
# are made, built, installed and run, without network, by an ordinary user.  Ends with 'N passed, N failed'.
set -uo pipefail
sandbox=$(realpath "$1") || exit 1
dir=$(mktemp -d /var/tmp/sandbox-callers.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/home" "$dir/run" "$dir/tmp" && cp "$sandbox" "$dir/bin/bwrap" && chmod 755 "$dir" && chmod 700 "$dir/run" || exit 1
# An account, since D-Bus asks for its name; any will do that owns nothing here.
account=nobody how=()
if [ "$(id -u)" = 0 ]; then
	how=(setpriv --reuid "$account" --regid "$(id -g "$account")" --clear-groups)
	chown -R "$account:$(id -g "$account")" "$dir"
fi

as_user() {
	timeout 120 "${how[@]}" env -i PATH=/usr/bin:/bin FLATPAK_BWRAP="$dir/bin/bwrap" HOME="$dir/home" XDG_RUNTIME_DIR="$dir/run" \
		TMPDIR="$dir/tmp" XDG_DATA_HOME="$dir/home/.local/share" dbus-run-session bash -euc "cd '$dir/home'; $1" </dev/null
}

passed=0 failed=0
check() { # NAME WANTED-LINE SCRIPT
	if as_user "$3" >"$dir/log" 2>&1 && grep -qx "$2" "$dir/log"; then
		passed=$((passed + 1))
		echo "ok $1"
	else
		failed=$((failed + 1))
		echo "not ok $1"
		sed 's/^/    /' "$dir/log"
	fi
}

# shellcheck disable=SC2016 # the scripts are for the user's shell, and for those inside
{
	check 'flatpak makes and installs a runtime' installed '
		arch=$(flatpak --default-arch)
		mkdir -p base/files base/usr/bin base/usr/etc
		cp "$(command -v busybox)" base/usr/bin/
		for name in sh cat ls id echo mkdir grep touch chmod; do ln -s busybox base/usr/bin/$name; done
		printf "[Runtime]\nname=org.example.Base\nruntime=org.example.Base/$arch/1\nsdk=org.example.Base/$arch/1\n" >base/metadata
		flatpak build-export --runtime repo base 1
		flatpak --user remote-add --no-gpg-verify local repo
		flatpak --user install -y --noninteractive local "runtime/org.example.Base/$arch/1"
		echo installed'
	check 'flatpak build runs a command in the runtime' 'built in /app' '
		flatpak build-init app org.example.App org.example.Base org.example.Base 1
		flatpak build app sh -c "mkdir -p /app/bin
			echo \"#!/bin/sh
			cat /.flatpak-info; touch /usr/x /app/x || echo refused; ls /app/bin\" >/app/bin/hello
			chmod 755 /app/bin/hello; cd /app; echo built in \$PWD"
		if FLATPAK_BWRAP=/nowhere flatpak build app true; then exit 1; fi # so it is ours that is used
		flatpak build-finish app --command=hello
		flatpak build-export repo app 1'
	check 'flatpak install and flatpak run' hello '
		export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
		flatpak --user install -y --noninteractive local org.example.App//1
		flatpak --user run org.example.App'
	check 'flatpak run: what the application may not write' refused 'flatpak --user run org.example.App'
	check 'flatpak run: a shell, with the network shared' 127.0.0.1 '
		flatpak --user run --share=network --command=sh org.example.App -c "grep -o -m 1 127.0.0.1 /etc/hosts"'
}
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
