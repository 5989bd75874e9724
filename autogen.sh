#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Make configure and Makefile.in; with --if-needed, only when they are not there
# or older than what they are made from.
set -e
cd "$(dirname "$0")"
if [ "$1" = --if-needed ]; then
	shift
	if [ -f configure ] && [ -f Makefile.in ] && [ -f config.h.in ] &&
	    [ -z "$(find configure.ac -newer configure)" ] &&
	    [ -z "$(find Makefile.am -newer Makefile.in)" ]; then
		exit 0
	fi
fi
exec autoreconf -fi "$@"
