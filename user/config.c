// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* KEY=VALUE[,KEY=VALUE]...: devices, address and share. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

/* One of text, which ends at a comma or at its end. */
struct item {
	const char *text;
	int len;
};

static bool is_key(const struct item *item, const char *key, struct item *value)
{
	int len = strlen(key);

	if (item->len < len || memcmp(item->text, key, len))
		return false;
	value->text = item->text + len;
	value->len = item->len - len;
	return true;
}

static bool is_word(const struct item *item, const char *word)
{
	return (size_t)item->len == strlen(word) &&
	       !memcmp(item->text, word, item->len);
}

static bool parse_devices(struct skua_user_config *config,
			  const struct item *value)
{
	_Static_assert(SKUA_USER_MAX_DEVICES < 10, "one digit");

	if (value->len != 1 || value->text[0] < '1' ||
	    value->text[0] > '0' + SKUA_USER_MAX_DEVICES)
		return false;
	config->devices = value->text[0] - '0';
	return true;
}

static bool parse_share(struct skua_user_config *config, const struct item *value)
{
	if (is_word(value, "user"))
		config->share = SKUA_USER_SHARE_USER;
	else if (is_word(value, "group"))
		config->share = SKUA_USER_SHARE_GROUP;
	else if (is_word(value, "all"))
		config->share = SKUA_USER_SHARE_ALL;
	else
		return false;
	return true;
}

/* @skuaN, or nothing for all devices. */
static bool parse_device(struct skua_user_address *addr, const char *at)
{
	addr->device = -1;
	if (!at)
		return true;
	if (strncmp(at, "@skua", 5) || at[5] < '0' ||
	    at[5] >= '0' + SKUA_USER_MAX_DEVICES || at[6])
		return false;
	addr->device = at[5] - '0';
	return true;
}

bool skua_user_unicast(const uint8_t raw[16])
{
	struct in6_addr addr;

	/* In commands it stands where no struct would. */
	memcpy(&addr, raw, sizeof(addr));
	if (IN6_IS_ADDR_V4MAPPED(&addr))
		return raw[12] && raw[12] < 224;
	return !IN6_IS_ADDR_UNSPECIFIED(&addr) && !IN6_IS_ADDR_MULTICAST(&addr);
}

static bool parse_ip(uint8_t raw[16], const char *text)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(raw, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, raw + 12) == 1 ||
	       inet_pton(AF_INET6, text, raw) == 1;
}

static bool parse_address(struct skua_user_config *config,
			  const struct item *value)
{
	struct skua_user_address *addr = &config->address[config->naddresses];
	char text[INET6_ADDRSTRLEN + sizeof("@skua0")], *at;

	if (config->naddresses == SKUA_USER_MAX_ADDRESSES ||
	    (size_t)value->len >= sizeof(text))
		return false;
	memcpy(text, value->text, value->len);
	text[value->len] = '\0';
	at = strchr(text, '@');
	if (!parse_device(addr, at))
		return false;
	if (at)
		*at = '\0';
	if (!parse_ip(addr->raw, text))
		return false;
	config->naddresses++;
	return skua_user_unicast(addr->raw);
}

static bool parse_recovery(struct skua_user_config *config,
			   const struct item *value)
{
	config->go_back_n = is_word(value, "go-back-n");
	return config->go_back_n || is_word(value, "selective");
}

/* What it names is looked at when it is opened. */
static bool parse_text(char text[SKUA_USER_MAX_TEXT], const struct item *value)
{
	if (!value->len || value->len >= SKUA_USER_MAX_TEXT)
		return false;
	memcpy(text, value->text, value->len);
	text[value->len] = '\0';
	return true;
}

static bool parse_link(struct skua_user_config *config, const struct item *value)
{
	return parse_text(config->link, value) && strchr(config->link, ':');
}

/* What may stand behind a link and a comma, and is the link's to understand. */
static bool is_of_link(const struct item *item)
{
	struct item value;

	return is_word(item, "esp") || is_word(item, "promisc") ||
	       is_key(item, "port=", &value);
}

static bool append_to_link(struct skua_user_config *config,
			   const struct item *item)
{
	size_t len = strlen(config->link);

	if (!len || item->len + 2 > (int)(sizeof(config->link) - len))
		return false;
	snprintf(config->link + len, sizeof(config->link) - len, ",%.*s",
		 item->len, item->text);
	return true;
}

static bool parse_impair(struct skua_user_config *config,
			 const struct item *value)
{
	return parse_text(config->impair, value);
}

static bool parse_capture(struct skua_user_config *config,
			  const struct item *value)
{
	return parse_text(config->capture, value);
}

/* What they say is looked at when the link is opened. */
static bool parse_cc(struct skua_user_config *config, const struct item *value)
{
	size_t len = strlen(config->cc);

	if (!value->len || value->len + 2 > (int)(sizeof(config->cc) - len))
		return false;
	snprintf(config->cc + len, sizeof(config->cc) - len, "%s%.*s",
		 len ? " " : "", value->len, value->text);
	return true;
}

/* The first key that says something of a link, or NULL. */
static const char *of_a_link(const struct skua_user_config *config)
{
	if (*config->impair)
		return "impair";
	return *config->cc ? "cc" : NULL;
}

static bool parse_control(struct skua_user_config *config,
			  const struct item *value)
{
	return parse_text(config->control, value);
}

static bool parse_ipsec(struct skua_user_config *config, const struct item *value)
{
	int i;

	config->ipsec = 0;
	for (i = 0; i < value->len; i++) {
		if (value->text[i] < '0' || value->text[i] > '9' || i == 7)
			return false;
		config->ipsec = 10 * config->ipsec + (value->text[i] - '0');
	}
	return value->len;
}

static const struct {
	const char *key;
	bool (*parse)(struct skua_user_config *config, const struct item *value);
	const char *wanted;
} keys[] = {
	{ "devices=", parse_devices, "a number from 1 to 8" },
	{ "address=", parse_address, "ADDRESS[@skuaN] of a host" },
	{ "link=", parse_link, "KIND:WHERE" },
	{ "impair=", parse_impair, "a file" },
	{ "capture=", parse_capture, "a file" },
	{ "cc=", parse_cc, "on, off or NAME=VALUE" },
	{ "control=", parse_control, "a file" },
	{ "ipsec=", parse_ipsec, "a descriptor that skua-run passes on" },
	{ "recovery=", parse_recovery, "selective or go-back-n" },
	{ "share=", parse_share, "user, group or all" },
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

static bool parse_item(struct skua_user_config *config, const struct item *item,
		       char *why, size_t size)
{
	struct item value;
	unsigned int i;

	if (is_of_link(item) && append_to_link(config, item))
		return true;
	for (i = 0; i < NKEYS; i++) {
		if (!is_key(item, keys[i].key, &value))
			continue;
		if (keys[i].parse(config, &value))
			return true;
		snprintf(why, size, "%.*s: not %s", item->len, item->text,
			 keys[i].wanted);
		return false;
	}
	snprintf(why, size, "%.*s: no such key", item->len, item->text);
	return false;
}

/* Devices may be named before their number is. */
static bool check_devices(const struct skua_user_config *config, char *why,
			  size_t size)
{
	unsigned int i;

	for (i = 0; i < config->naddresses; i++) {
		if (config->address[i].device < (int)config->devices)
			continue;
		snprintf(why, size, "skua%d: there are devices=%u",
			 config->address[i].device, config->devices);
		return false;
	}
	return true;
}

/* A UDP socket sends from its own address, and from no other. */
static void take_address_of_link(struct skua_user_config *config)
{
	struct skua_user_address *addr = &config->address[0];
	char text[SKUA_USER_MAX_TEXT];

	if (config->naddresses || strncmp(config->link, "udp:", 4))
		return;
	strcpy(text, config->link + 4);
	text[strcspn(text, ",")] = '\0';
	if (!parse_ip(addr->raw, text))
		return;
	addr->device = -1;
	config->naddresses = 1;
}

bool skua_user_link_options(const char *text)
{
	struct item item;

	for (; *text == ','; text = item.text + item.len) {
		item.text = text + 1;
		item.len = strcspn(item.text, ",");
		if (!is_of_link(&item))
			return false;
	}
	return true;
}

bool skua_user_config_parse(struct skua_user_config *config, const char *text,
			    char *why, size_t size)
{
	struct item item;

	memset(config, 0, sizeof(*config));
	config->devices = 1;
	config->share = SKUA_USER_SHARE_USER;
	config->ipsec = -1;
	if (!text)
		return true;
	for (; *text; text += *text == ',') {
		item.text = text;
		item.len = strcspn(text, ",");
		if (item.len >= SKUA_USER_MAX_TEXT) {
			snprintf(why, size, "%.32s...: too long", text);
			return false;
		}
		text += item.len;
		if (item.len && !parse_item(config, &item, why, size))
			return false;
	}
	take_address_of_link(config);
	if (!*config->link && of_a_link(config)) {
		snprintf(why, size, "%s= needs a link=", of_a_link(config));
		return false;
	}
	return check_devices(config, why, size);
}
