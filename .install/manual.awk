# SPDX-License-Identifier: MIT
# sandbox.1 under another name: the name of the program, where it is called, and not the word for what it makes.
/^\.Dt/ { $2 = toupper(name) }
/^\.Nm sandbox/ { sub(/sandbox/, name) }
/^\.Bd/ { literal = 1 }
/^\.Ed/ { literal = 0 }
literal || /^\.[DQ]l / { sub(/^sandbox/, name); sub(/^\.Ql sandbox /, ".Ql " name " "); gsub(/ sandbox /, " " name " "); gsub(/ sandbox\)/, " " name ")") }
{ print }
