# SPDX-License-Identifier: MIT
# What Ubuntu 23.10 and newer ask of a program that makes user namespaces.
BEGIN {
	path = ENVIRON["BINDIR"]
	gsub(/\[|\]|[\\"?*{}^]/, "\\\\&", path)
	print "# SPDX-License-Identifier: MIT\nabi <abi/4.0>,\ninclude <tunables/global>\n"
	print "# " name " confines what it runs by itself.  This profile restricts nothing: it lets " name " make user namespaces."
	print "profile " name " \"" path "/" name "\" flags=(unconfined) {\n  userns,\n"
	print "  include if exists <local/" name ">\n}"
}
