# SPDX-License-Identifier: MIT
# Completion for fish, behind what fish.awk has made of the table of options.
function __sandbox_value -a option value cur
	if string match -q '*env*' -- $option; and string match -q 'NAME*' -- $value
		set -nx
	end
	string split '|' -- $value | string match -r '^[a-z].*'
	if string match -qr 'DIR$' -- $value
		__fish_complete_directories $cur ''
	else if string match -qr '(PATH|SRC|DEST|FILE|TARGET)$' -- $value
		__fish_complete_path $cur
	end
end
function __sandbox_complete
	set -l words (commandline -opc)
	set -l cur (commandline -ct)
	set -l last (math (count $words) + 1)
	set -l ended
	set -l i 2
	while test $i -lt $last
		switch $words[$i]
			case --
				set ended 1
				set i (math $i + 1)
				break
			case '--*=*'
				true
			case '-*'
				set -l values (__sandbox_values $words[$i])
				if test (math $i + (count $values)) -ge $last
					__sandbox_value $words[$i] $values[(math $last - $i)] $cur
					return
				end
				set i (math $i + (count $values))
			case '*'
				break
		end
		set i (math $i + 1)
	end
	if test -z "$ended"; and test $i -eq $last; and string match -q -- '--*=*' $cur
		set -l parts (string split -m 1 = -- $cur)
		__sandbox_value $parts[1] (__sandbox_values $parts[1]) $parts[2] | string replace -r -- '^' "$parts[1]="
	else if test -z "$ended"; and test $i -eq $last; and string match -q -- '-*' $cur
		__sandbox_options
	else
		complete -C (string join ' ' -- (string escape -- $words[$i..]) $cur)
	end
end
