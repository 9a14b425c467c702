// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Outbound, where ESP is somebody else's work and only the cipher is ours: the
 * packet has its headers, its sequence number, also as its IV, and its trailer.
 */
#include <endian.h>
#include <string.h>

#include "ipsec/esp.h"
#include "ipsec/esp_hdr.h"
#include "ipsec/ip.h"

static enum skua_esp_result check(const struct skua_sa *sa,
				  const struct skua_esp_hdr *esp, uint32_t len,
				  uint64_t *seq)
{
	if (len < sizeof(*esp) + SKUA_ESP_ALIGN + sa->aead.icv ||
	    (len - sizeof(*esp) - sa->aead.icv) % SKUA_ESP_ALIGN)
		return SKUA_ESP_BAD_LENGTH;
	if (be32toh(esp->spi) != sa->spi)
		return SKUA_ESP_UNKNOWN_SPI;
	*seq = be64toh(esp->iv);
	if ((uint32_t)*seq != be32toh(esp->seq) ||
	    (*seq >> 32 && !(sa->flags & SKUA_SA_ESN)))
		return SKUA_ESP_EXHAUSTED;
	return skua_sa_expired(sa) ? SKUA_ESP_EXPIRED : SKUA_ESP_OK;
}

static enum skua_esp_result seal(struct skua_sa *sa, uint8_t *frame,
				 uint32_t frame_len)
{
	struct skua_aead_job job = {
		.aead = &sa->aead,
		.key = skua_sa_key(sa),
	};
	const struct skua_esp_hdr *esp;
	enum skua_esp_result ret;
	struct skua_esp_aad aad;
	struct skua_ip ip;
	uint64_t seq;
	uint32_t len;

	ret = skua_ip_look(frame, frame_len, &ip);
	if (ret)
		return ret;
	if (ip.fragment || frame[ip.last_at] != SKUA_IP_PROTOCOL_ESP)
		return SKUA_ESP_BAD_ENCAP;
	esp = (const void *)(frame + ip.last);
	len = ip.end - ip.last;
	ret = check(sa, esp, len, &seq);
	if (ret)
		return ret;
	/* The window is of numbers that were used: none is taken twice. */
	if (!skua_replay_fresh(&sa->replay, seq) ||
	    !skua_replay_mark(&sa->replay, seq))
		return SKUA_ESP_REPLAY;
	skua_sa_account(sa, ip.end - ip.ip);
	job.src = job.dst = frame + ip.last + sizeof(*esp);
	job.len = len - sizeof(*esp) - sa->aead.icv;
	job.icv = job.dst + job.len;
	job.aad = (const uint8_t *)&aad;
	job.aad_len =
		skua_esp_set_aad(&aad, sa->spi, seq, sa->flags & SKUA_SA_ESN);
	job.iv = (const uint8_t *)&esp->iv;
	skua_aead_seal(&job, 1);
	return SKUA_ESP_OK;
}

enum skua_esp_result skua_esp_seal_made(struct skua_sa *sa, uint8_t *frame,
					uint32_t len)
{
	enum skua_esp_result ret = seal(sa, frame, len);

	if (ret)
		skua_sa_refuse(sa->table, sa, ret);
	return ret;
}
