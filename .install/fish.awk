# SPDX-License-Identifier: MIT
# The table of options, for complete.fish.
function quoted(text) {
	gsub(/[\\']/, "\\\\&", text)
	return "'" text "'"
}
BEGIN { print "# Completion of " name " for fish, made from its table of options.\n# SPDX-License-Identifier: MIT" }
{
	all = all " \\\n\t\t" quoted($1 "\t" $3)
	if ($2 != "" && !($2 in having))
		kinds[++count] = $2
	having[$2] = having[$2] " " $1
}
END {
	print "function __sandbox_options\n\tprintf '%s\\n'" all "\nend"
	print "function __sandbox_values -a option\n\tswitch $option"
	for (i = 1; i <= count; i++) {
		n = split(kinds[i], values, " ")
		line = "\t\tcase" having[kinds[i]] "\n\t\t\tprintf '%s\\n'"
		for (j = 1; j <= n; j++)
			line = line " " quoted(values[j])
		print line
	}
	print "\tend\nend"
}
