/*
 * Interface information (RFC 5837): each part, all together, and what cannot
 * be right.
 */
#include "support.h"

#include "base/error.h"
#include "packet/icmp_object.h"

static int
interface(uint8_t type, const char *hex, struct tr_interface_info *info)
{
	const struct bytes in = bytes_of(hex);
	uint8_t *copy = exact_copy(in.data, in.size);
	const int status = tr_icmp_interface(type, copy, in.size, info);

	free(copy);
	return status;
}

static void
assert_address(const char *text, const struct tr_address *address)
{
	char buffer[TR_ADDRESS_TEXT_MAX];

	assert_string_equal(text, tr_address_text(address, buffer,
	    sizeof(buffer)));
}

static void
reads_all_parts(void **state)
{
	struct tr_interface_info info;

	(void)state;
	assert_int_equal(TR_OK, interface(0x0f, "00000003 00010000 0a000101 "
	    "0c67652d302f302f31000000 00002328", &info));
	assert_int_equal(TR_INTERFACE_INCOMING, info.role);
	assert_true(info.has_index && info.has_mtu);
	assert_int_equal(3, info.index);
	assert_address("10.0.1.1", &info.address);
	assert_string_equal("ge-0/0/1", info.name);
	assert_int_equal(9000, info.mtu);
}

static void
reads_each_part_alone(void **state)
{
	struct tr_interface_info info;

	(void)state;
	assert_int_equal(TR_OK, interface(0x48, "ffffffff", &info));
	assert_int_equal(TR_INTERFACE_SUB_IP, info.role);
	assert_int_equal(UINT32_MAX, info.index);
	assert_false(info.has_mtu);
	assert_int_equal(TR_OK, interface(0x84, "00020000 fd00000000000000"
	    "0000000000000001", &info));
	assert_int_equal(TR_INTERFACE_OUTGOING, info.role);
	assert_address("fd00::1", &info.address);
	assert_false(info.has_index);
	assert_int_equal(TR_OK, interface(0xc2, "0461620a", &info));
	assert_int_equal(TR_INTERFACE_NEXT_HOP, info.role);
	/* Nothing for a terminal to obey. */
	assert_string_equal("ab?", info.name);
	assert_int_equal(TR_OK, interface(0x01, "00000578", &info));
	assert_int_equal(1400, info.mtu);
	/* A role and nothing more. */
	assert_int_equal(TR_OK, interface(0x40, "", &info));
	assert_string_equal("", info.name);
	assert_false(tr_address_is_set(&info.address));
}

static void
reads_the_longest_name(void **state)
{
	char hex[2 * 64 + 1] = "40";
	struct tr_interface_info info;

	(void)state;
	for (size_t i = 1; i < 64; i++)
		memcpy(hex + 2 * i, "78", 3);
	assert_int_equal(TR_OK, interface(0x02, hex, &info));
	assert_int_equal(63, strlen(info.name));
}

static void
refuses_what_cannot_be(void **state)
{
	struct tr_interface_info info;

	(void)state;
	/* The family of another network, and none. */
	assert_int_equal(TR_EFORMAT, interface(0x04, "00030000 0a000101",
	    &info));
	assert_int_equal(TR_EFORMAT, interface(0x04, "00000000 0a000101",
	    &info));
	/* A name that does not count itself; one that is too long. */
	assert_int_equal(TR_EFORMAT, interface(0x02, "00616200", &info));
	assert_int_equal(TR_EFORMAT, interface(0x02, "41616200", &info));
	/* More than the type says. */
	assert_int_equal(TR_EFORMAT, interface(0x08, "00000003 00", &info));
	assert_int_equal(TR_EFORMAT, interface(0x00, "00", &info));
}

/* However it is cut, it is not read past its end, and said to be cut. */
static void
every_truncation(void **state)
{
	const struct bytes in = bytes_of("00000003 00010000 0a000101 "
	    "0c67652d302f302f31000000 00002328");

	(void)state;
	for (size_t size = 0; size < in.size; size++) {
		uint8_t *copy = exact_copy(in.data, size);
		struct tr_interface_info info;

		assert_int_equal(TR_ETRUNCATED, tr_icmp_interface(0x0f, copy,
		    size, &info));
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_parts),
		cmocka_unit_test(reads_each_part_alone),
		cmocka_unit_test(reads_the_longest_name),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
