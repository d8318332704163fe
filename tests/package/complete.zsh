# SPDX-License-Identifier: MIT
# zsh -f complete.zsh DIR LINE: what zsh, with the completions in DIR, offers at the end of LINE, a candidate a line.
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PROMPT= fpath=(${(q)1} \$fpath) && autoload -Uz compinit && compinit -u -d ~/.zcompdump && stty -echo"
zpty -w z 'compadd() {
	local -a found
	[[ " $* " == *" -[OAD] "* ]] || { builtin compadd -O found "$@"; print -rl -- ${found/#/match:} }
	builtin compadd "$@"
}
finish() { print -r -- all-matches-"done" }
comppostfuncs=(finish)
print -r -- get-"ready"'
until zpty -r z line && [[ $line == *get-ready* ]]; do :; done
zpty -w -n z "$2"$'\t'
while zpty -r z line && [[ $line != *all-matches-done* ]]; do
	line=${line%$'\r\n'}
	[[ $line != *match:* ]] || print -r -- "${line##*match:}"
done
zpty -d z
