# SPDX-License-Identifier: MIT
# bwrap.1 from sandbox.1, which is read twice: first for the list of bubblewrap's options.
FNR == 1 { section = "" }
FNR == NR { if ($1 == ".Sh") section = $2; if (section == "THE" && $1 == ".Fl") for (i = 2; i <= NF; i++) bubblewraps[$i]; next }
$1 == ".Dt" { $2 = "BWRAP" }
$1 == ".Sh" { section = $2; part = section ~ /^(EXIT|THE|LICENCE|OPTIONS)$/ ? "all" : "none" }
$1 == ".Sh" && section == "NAME" {
	print ".Sh NAME\n.Nm bwrap\n.Nd run one command in a new mount tree, with bubblewrap's command line"
	print ".Sh SYNOPSIS\n.Nm\n.Op Ar option ...\n.Op Fl -\n.Ar command\n.Op Ar argument ..."
	print ".Sh DESCRIPTION\n.Nm\nis the program\n.Xr " ENVIRON["NAME"] " 1\nunder the name of bubblewrap, whose options, order rules, defaults and exit statuses it has."
	print "This page describes what bubblewrap has, too.\nThe options that bubblewrap lacks can be used with both names: see\n.Xr " ENVIRON["NAME"] " 1 ,"
	print "which also has the sections that this page names and does not contain."
}
$1 == ".Sh" && section == "SEE" { print ".Sh SEE ALSO\n.Xr " ENVIRON["NAME"] " 1" }
/^If you never use that name/ { next }
$1 == ".Ss" && section == "OPTIONS" { part = "options"; heading = $0; listing = wanted = 0; next }
$1 == ".Bl" { depth++ }
part == "options" && $1 == ".It" && depth == 1 {
	wanted = $3 in bubblewraps
	if (wanted && !listing++)
		print heading "\n.Bl -tag -width Ds"
}
section == "EXIT" && $0 == ".Nm" { $0 = ".Nm " ENVIRON["NAME"] }
part == "all" || section == "" || (part == "options" && (wanted && depth > 0 && ($1 != ".El" || depth > 1))) { print }
$1 == ".El" && !--depth && part == "options" && listing { print }
