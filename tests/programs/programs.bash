# SPDX-License-Identifier: MIT
# Loaded, after common, by the tests of real programs: a script prints the same under the default policy as with
# none. OPTIONS are those of every run.
OPTIONS=()

in_sandbox() { as_user "$SANDBOX" "${OPTIONS[@]}" "$@"; }

fresh() {
	local dir=$USER_HOME/work/$BATS_TEST_NUMBER
	rm -rf "$dir"
	mkdir "$dir"
	own "$dir"
	cd "$dir" || return
}

# same SCRIPT [KNOWN]: with and without policy, in fresh directories of the same name; and no refusal is
# reported but those that KNOWN fits, an expression: the program goes on without what it asked for.
same() {
	local policy out=$BATS_TEST_TMPDIR
	for policy in none default; do
		fresh
		in_sandbox --syscalls "$policy" timeout 200 bash -c "exec 2>&1; $1" >"$out/$policy.out" || echo "ended with $?" >>"$out/$policy.out"
	done
	diff "$out/none.out" "$out/default.out"
	cat "$out/default.out"
	run ! grep 'ended with' "$out/default.out"
	[ "$(wc -l <"$out/default.out")" -gt 1 ]
	fresh
	in_sandbox --report-denied timeout 200 bash -c "exec >/dev/null; $1" 2>"$out/all"
	grep 'was refused' "$out/all" | grep -vE "${2:-^$}" >"$out/told" || true
	diff /dev/null "$out/told"
}
