/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to the two challenges a phone may pose, made with a private key of whoever owns it (a PEM file). The project
 * has none of a manufacturer's; the key stays on this computer and nothing but the answer is sent.
 */
#ifndef FLASHER_BOOT_SLA_KEY_H
#define FLASHER_BOOT_SLA_KEY_H

#include "base/rsa.h"
#include "flasher/boot/boot.h"

/*
 * Reads a private key of 1024 to 3072 bits from PEM text. NULL and *err: MTK_IMAGE_INVALID with the name if it is no
 * RSA key, is a public one, or has another size. option: "--sla-key", for the message. Free with rsa_key_free.
 */
struct rsa_key *mtk_sla_key_read(const uint8_t *pem, size_t len, const char *name, const char *option,
                                 struct mtk_error *err);

/*
 * For mtk_boot_options.sla_sign, ctx a struct rsa_key: the boot ROM's SLA (brom-preloader.md 6.3). The bytes of each
 * 16-bit word of the challenge are swapped, PKCS #1 type 1 is put around it without a digest, the private operation is
 * done, and the bytes of each word of the result are swapped.
 */
int mtk_sla_sign_pem(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len,
                     struct mtk_error *err);

/*
 * For mtk_start_options.da_sla_sign, ctx a struct rsa_key: the agent's SLA (da-xflash.md 7.6). OAEP with SHA-256 around
 * the challenge, then the private operation.
 */
int mtk_da_sla_sign_pem(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len,
                        struct mtk_error *err);

#endif
