// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "ipsec/esp_result.h"

const char *const skua_esp_result_name[SKUA_ESP_RESULTS] = {
	[SKUA_ESP_OK] = "ok",
	[SKUA_ESP_NOT_ESP] = "not_esp",
	[SKUA_ESP_NOT_IP] = "not_ip",
	[SKUA_ESP_TRUNCATED] = "truncated",
	[SKUA_ESP_BAD_IP] = "bad_ip",
	[SKUA_ESP_FRAGMENT] = "fragment",
	[SKUA_ESP_BAD_LENGTH] = "bad_length",
	[SKUA_ESP_UNKNOWN_SPI] = "unknown_spi",
	[SKUA_ESP_BAD_ENCAP] = "bad_encap",
	[SKUA_ESP_EXPIRED] = "expired",
	[SKUA_ESP_EXHAUSTED] = "exhausted",
	[SKUA_ESP_TOO_BIG] = "too_big",
	[SKUA_ESP_NO_ROOM] = "no_room",
	[SKUA_ESP_REPLAY] = "replay",
	[SKUA_ESP_BAD_ICV] = "bad_icv",
	[SKUA_ESP_BAD_PADDING] = "bad_padding",
	[SKUA_ESP_BAD_NEXT] = "bad_next_header",
	[SKUA_ESP_BAD_INNER] = "bad_inner",
	[SKUA_ESP_BAD_ECN] = "bad_ecn",
	[SKUA_ESP_DUMMY] = "dummy",
};
