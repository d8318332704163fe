# SPDX-License-Identifier: MIT
# awk -f tests/bench/plot.awk build/growth: an SVG of time against number of binds, both axes logarithmic, from lines of
# a count and what tests/bench/start printed.
function log10(n) { return log(n) / log(10) }
function x(count) { return 70 + (log10(count) - 1) * 140 }
function y(ms) { return 330 - (log10(ms) - low) * 300 / (high - low) }
function text(at_x, at_y, anchor, words) {
	printf "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>\n", at_x, at_y, anchor, words
}

$2 ~ /^[0-9]/ {
	name = $0
	sub(/^[^)]*\)[ 0-9.]*  /, "", name)
	if (!(name in points))
		order[++names] = name
	points[name] = points[name] sprintf(" %s:%s", $1, $2)
	last[name] = $2
	least = !least || $2 < least ? $2 : least
	most = $2 > most ? $2 : most
}

END {
	low = int(log10(least) + 10) - 10
	high = -int(-log10(most) + 10) + 10
	split("#bbb #666 #c40 #e90 #06c #093 #909", colour, " ")
	print "<!-- SPDX-License-Identifier: MIT -->"
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 740 380\" font-family=\"sans-serif\" font-size=\"12\">"
	print "<rect width=\"740\" height=\"380\" fill=\"#fff\"/>"
	for (i = low; i <= high; i++) {
		printf "<path d=\"M70 %.0fH490\" stroke=\"#ddd\"/>\n", y(10 ^ i)
		text(64, y(10 ^ i) + 4, "end", i < 3 ? 10 ^ i " ms" : 10 ^ (i - 3) " s")
	}
	for (i = 1; i <= 4; i++) {
		printf "<path d=\"M%.0f 30V330\" stroke=\"#ddd\"/>\n", x(10 ^ i)
		text(x(10 ^ i), 348, "middle", 10 ^ i)
	}
	text(280, 368, "middle", "binds")
	for (i = 1; i <= names; i++) {
		count = split(substr(points[order[i]], 2), at, " ")
		line = ""
		for (j = 1; j <= count; j++) {
			split(at[j], pair, ":")
			line = line sprintf("%.1f,%.1f ", x(pair[1]), y(pair[2]))
		}
		printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", line, colour[i]
		printf "<path d=\"M505 %dh20\" stroke=\"%s\" stroke-width=\"2\"/>\n", 40 + 22 * i, colour[i]
		text(532, 44 + 22 * i, "start", order[i])
	}
	print "</svg>"
}
