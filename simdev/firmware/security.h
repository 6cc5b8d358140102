/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may be believed: what a phone's fuses and keys say about a preloader, a Download Agent, an auth file or a
 * certificate. Real RSA; no setting is looked at here, and nothing is sent anywhere: callers turn verdicts into status
 * words. brom-preloader.md section 6, formats.md 2.3 and 6.
 *
 * Only the hash of the vendor's root key is fused. The key itself comes with what it signed: in the BL_SEC_KEY block of
 * a preloader, in an auth file or a certificate; it counts if its hash is the fused one. What the specification leaves
 * open is settled so [?]: of the three keys in an auth file the first is the root key, the second verifies agents, the
 * third the SLA response (formats/credential.h); a certificate holds the root key.
 */
#ifndef SIMDEV_FIRMWARE_SECURITY_H
#define SIMDEV_FIRMWARE_SECURITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rsa.h"
#include "formats/credential.h"
#include "simdev/board/board.h"

enum security_verdict {
    SECURITY_OK,
    SECURITY_UNSIGNED,      /* no signature, or no key that could have made one */
    SECURITY_WRONG_KEY,     /* its key is not the one whose hash is fused */
    SECURITY_BAD_SIGNATURE, /* the right key, but the signature is not of these bytes */
    SECURITY_DAMAGED,       /* not what it should be: structure, length or digest */
    SECURITY_OLD,           /* good, but older than the anti-rollback fuse allows */
};

/* In words, for logs: "is signed by another key", ... */
const char *security_text(enum security_verdict v);

/*
 * Would the boot ROM start this preloader (plain form, from its GFH on; more may stand behind it)? Structure and digest
 * always count, and the version against arb_preloader; signature and key only with SBC on a phone with a fused root key
 * (6.1): an SBC fuse without a key hash has nothing to compare with. PKCS #1 and PSS are both taken (formats.md 6.3).
 */
enum security_verdict security_verify_preloader(const struct board *b, const uint8_t *image, size_t len);
/* The public key in BL_SEC_KEY of a preloader image. NULL: it has none (or no memory). Free with rsa_key_free. */
struct rsa_key *security_preloader_key(const uint8_t *image, size_t len);

/* Padding of DA signatures: PSS on chips with the newest preloaders (2018 and later), PKCS #1 before (formats.md 6.3). */
enum rsa_scheme security_da_scheme(const struct soc_profile *soc);
/* Is the signature in the last sig_len bytes of an uploaded stage that of the bytes before, by this key? */
enum security_verdict security_verify_da(const struct soc_profile *soc, const struct rsa_key *key,
                                         const uint8_t *image, size_t len, uint32_t sig_len);

/* Is a file an auth file or certificate of that kind, signed by the fused root key? *out is filled if it parses. */
enum security_verdict security_verify_credential(const struct board *b, enum mtk_credential_kind kind,
                                                 const uint8_t *file, size_t len, struct mtk_credential *out);

/*
 * Gives a phone whose fuses demand signatures, but which has no vendor, the vendor of its own seed: root_key_hash
 * (vendor_keys.h). Anything else is left alone. False: no memory.
 */
bool security_settle(struct board *b);

/* Reads a list of fuses, as --security takes it (docs/settings.md). 0, or -1 and a sentence in err. */
int security_parse(struct board_fuses *f, const char *list, char *err, size_t err_len);

#endif
