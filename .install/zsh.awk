# SPDX-License-Identifier: MIT
# Completion for zsh, from the table of options.
function quoted(text) {
	gsub(/\[|\]|:/, "\\\\&", text)
	gsub(/'/, "'\\''", text)
	return text
}
function action(option, value,   words, files, i, n, part) {
	if (option ~ /env/ && value ~ /^NAME/)
		return "_parameters -g \"*export*\""
	n = split(value, part, "|")
	for (i = 1; i <= n; i++)
		if (part[i] ~ /^[a-z]/)
			words = words (words ? " " : "") part[i]
		else if (part[i] ~ /DIR$/)
			files = "_directories"
		else if (part[i] ~ /(PATH|SRC|DEST|FILE|TARGET)$/)
			files = "_files"
		else if (part[i] == "FD" && n == 1)
			files = "_file_descriptors"
	if (words && files)
		return " _alternative \"words\\:word\\:(" words ")\" \"files\\:file\\:" files "\""
	return words ? "(" words ")" : files ? files : " "
}
BEGIN { print "#compdef " name "\n# Completion of " name " for zsh, made from its table of options.\n# SPDX-License-Identifier: MIT\n_arguments -S -A '-*' \\" }
$1 != "--" {
	n = split($2, values, " ")
	line = "'*" $1 (n == 1 && name != "bwrap" ? "=" : "") "[" quoted($3) "]"
	for (i = 1; i <= n; i++)
		line = line ":" quoted(values[i]) ":" action($1, values[i])
	print "\t" line "' \\"
}
END { print "\t'(-)1: :_command_names -e' \\\n\t'*:: :_normal'" }
