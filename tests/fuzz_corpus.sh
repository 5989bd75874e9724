#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Each fuzz target survives each input of its corpus: tests/fuzz/corpus/NAME/*
# goes through tests/fuzz/replay_NAME, one at a time.

. "$(dirname "$0")/tap.sh"
corpus=${top_srcdir:-.}/tests/fuzz/corpus
shopt -s nullglob
inputs=("$corpus"/*/*)
[[ ${#inputs[@]} -gt 0 ]] || skip_all 'there is no corpus'

for input in "${inputs[@]}"; do
	name=${input#"$corpus"/}
	if said=$("./tests/fuzz/replay_${name%%/*}" "$input" 2>&1); then
		pass "$name"
	else
		fail "$name" "$said"
	fi
done
done_testing
