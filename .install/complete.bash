# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2207
# Completion for bash, behind what bash.awk has made of the table of options.
_sandbox_value() { # OPTION VALUE: the candidates for this value of the option, of which $cur is the beginning
	local word words=''
	case $1:$2 in
	*env*:NAME*) words=$(compgen -e) ;;
	*DIR) compopt -o dirnames ;;
	*PATH | *SRC | *DEST | *FILE | *TARGET) compopt -o bashdefault -o default ;;
	esac
	for word in ${2//|/ }; do
		[[ $word != [a-z]* ]] || words+=" $word"
	done
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
_sandbox() {
	local cur glue='' i last ended='' word words=() starts=() values
	COMPREPLY=()
	for ((i = 0; i <= COMP_CWORD; i++)); do # bash splits words at = and : as well
		if ((i)) && [[ $glue || ${COMP_WORDS[i]} == [=:]* ]]; then
			words[-1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}") starts+=("$i")
		fi
		[[ ${COMP_WORDS[i]} == [=:]* ]] && glue=1 || glue=
	done
	last=$((${#words[@]} - 1)) cur=${words[-1]}
	for ((i = 1; i < last; i++)); do
		case ${words[i]} in
		--) ended=1 i=$((i + 1)) && break ;;
		--*=*) ;;
		-*)
			read -ra values <<<"$(_sandbox_values "${words[i]}")"
			if ((i + ${#values[@]} >= last)); then
				_sandbox_value "${words[i]}" "${values[last - i - 1]}"
				return
			fi
			i=$((i + ${#values[@]}))
			;;
		*) break ;;
		esac
	done
	if [[ ! $ended && $i -eq $last && $cur == --*=* ]]; then
		word=${cur%%=*} cur=${cur#*=}
		_sandbox_value "$word" "$(_sandbox_values "$word")"
	elif [[ ! $ended && $i -eq $last && $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$_sandbox_options" -- "$cur"))
	elif declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "${starts[i]}"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "${starts[i]}"
	elif [[ $i -eq $last && $cur != */* ]]; then
		COMPREPLY=($(compgen -c -- "$cur"))
	else
		compopt -o bashdefault -o default
	fi
}
