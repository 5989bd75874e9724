# For tests of whole surveys, in the network of bench/survey-rig; sourced behind
# tap.sh, with $here set.  Skips all where it cannot be had.
# shellcheck shell=bash

need_program
built_with jansson || skip_all "the judge of surveys reads JSON: no jansson"
command -v python3 > /dev/null || skip_all "no python3"
programs=$(dirname "$TRUEROUTE")/../bench
export SURVEY_JUDGE=$programs/survey_judge
export RESPONDER=$programs/survey_responder
for program in "$SURVEY_JUDGE" "$RESPONDER"; do
	[ -x "$program" ] ||
	    skip_all "no program at $program: make check builds it"
done
# shellcheck disable=SC2154 # the caller's
why=$("$here/../bench/survey-rig" true 2>&1)
[ $? -ne 77 ] || skip_all "$why"

# in_rig SCRIPT NAME FAULT...: the part NAME of a script beside this one, which
# prints lines for from_lines.
in_rig() {
	local script=$1 name=$2
	shift 2
	from_lines < <("$here/../bench/survey-rig" "$@" "$here/$script" \
	    "$name" 2>&1)
	# shellcheck disable=SC2154 # from_lines sets it
	[ "$seen" -gt 0 ] || fail "$name: it ran"
}
