# SPDX-License-Identifier: MIT
# The table of options, for complete.bash.
BEGIN { print "# Completion of " name " for bash, made from its table of options.\n# SPDX-License-Identifier: MIT" }
{
	all = all " " $1
	if ($2 != "" && !($2 in having))
		kinds[++count] = $2
	having[$2] = having[$2] (having[$2] ? "|" : "") $1
}
END {
	print "_sandbox_options='" all "'"
	print "_sandbox_values() { # OPTION: the values it takes\n\tcase $1 in"
	for (i = 1; i <= count; i++)
		print "\t" having[kinds[i]] ") echo '" kinds[i] "' ;;"
	print "\tesac\n}"
}
