# SPDX-License-Identifier: MIT
# What gcov says of each section of sandbox.c, and which lines of the pure ones no unit test reaches.
# usage: awk -f tests/source/coverage.awk sandbox.c.gcov
BEGIN {
	FS = ":"
	split("Options Parse Check Assemble Explain", names, " ")
	for (i in names)
		pure[names[i]] = 1
}
match($0, /\/\*\*\* .* \*\*\*\//) {
	section = substr($0, RSTART + 5, RLENGTH - 10)
	order[++sections] = section
}
$2 > 0 && $1 !~ /-/ {
	lines[section]++
	if ($1 ~ /[#=]/) {
		missed[section]++
		if (section in pure)
			unreached = unreached $0 "\n"
	}
}
END {
	for (i = 1; i <= sections; i++)
		if ((n = lines[order[i]]))
			printf "%5.1f %% of %4d lines: %s\n", 100 * (n - missed[order[i]]) / n, n, order[i]
	if (unreached)
		printf "not reached in the pure sections:\n%s", unreached
}
