/* SPDX-License-Identifier: Apache-2.0 */
/* The vendor's side of a ROM: keys that follow from the seed, and the credentials made with them (formats.md 6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/credential.h"
#include "protocol/error_index.h"
#include "simdev/firmware/vendor_keys.h"
#include "simdev/rom/images.h"
#include "simdev/rom/out.h"

#define FOLDER "vendor"

static const char readme[] =
    "Credentials of the simulated vendor. Everything here follows from the seed of the ROM, so that the same "
    "seed\n"
    "gives the same bytes; the keys protect nothing and no real phone knows them.\n"
    "\n"
    "auth_sv5.auth  authentication file for boot ROMs with DAA or SLA: mtkflash --auth\n"
    "mtksim.cert    certificate for boot ROMs that ask for one: mtkflash --cert\n"
    "root.pem       private root key: its hash is fused into phones; signs preloader, auth file and "
    "certificate\n"
    "da.pem         private key that signs Download Agents (this vendor uses the root key for it)\n"
    "sla.pem        private key that answers the boot ROM's challenge (SLA)\n"
    "da_sla.pem     private key that answers the Download Agent's challenge (DA SLA)\n";

int rom_keys_make(struct rom_job *job, struct mtk_error *err)
{
    struct rom_keys *k = &job->keys;
    k->root = vendor_key(job->seed, VENDOR_ROOT);
    k->sla = vendor_key(job->seed, VENDOR_SLA);
    k->da_sla = vendor_key(job->seed, VENDOR_DA_SLA);
    bool other = job->signer == ROM_SIGNED_BY_OTHER;
    if (other)
        k->other = vendor_key(job->other_seed, VENDOR_ROOT);
    if (k->root && k->sla && k->da_sla && (k->other || !other))
        return 0;
    return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "the vendor's keys cannot be made: out of memory");
}

void rom_keys_free(struct rom_job *job)
{
    rsa_key_free(job->keys.root);
    rsa_key_free(job->keys.sla);
    rsa_key_free(job->keys.da_sla);
    rsa_key_free(job->keys.other);
    memset(&job->keys, 0, sizeof(job->keys));
}

static int write_key(const struct rom_job *job, const char *file, const struct rsa_key *key,
                     struct mtk_error *err)
{
    char *pem = rsa_key_pem(key);
    int rc = pem ? rom_write_whole(job, file, pem, strlen(pem), err)
                 : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s cannot be made", file);
    free(pem);
    return rc;
}

static int write_credential(const struct rom_job *job, const char *file, enum mtk_credential_kind kind,
                            const struct rsa_key *const *keys, struct mtk_error *err)
{
    size_t len;
    uint8_t *data = mtk_credential_write(kind, "MTKSIM", 1, keys, job->keys.root, &len);
    int rc = data ? rom_write_whole(job, file, data, len, err)
                  : mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "%s cannot be made", file);
    free(data);
    return rc;
}

int rom_write_vendor(const struct rom_job *job, struct mtk_error *err)
{
    const struct rom_keys *k = &job->keys;
    /* In the order in which boot ROMs look for them (simdev/firmware/security.h). */
    const struct rsa_key *const auth[MTK_AUTH_KEYS] = {k->root, k->root, k->sla};
    const struct {
        const char *file;
        const struct rsa_key *key;
    } pem[] = {{FOLDER "/root.pem", k->root},
               {FOLDER "/da.pem", k->root},
               {FOLDER "/sla.pem", k->sla},
               {FOLDER "/da_sla.pem", k->da_sla}};
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", job->dir, FOLDER);
    int rc = rom_make_folder(path, err);
    for (size_t i = 0; i < sizeof(pem) / sizeof(pem[0]) && !rc; i++)
        rc = write_key(job, pem[i].file, pem[i].key, err);
    if (!rc)
        rc = write_credential(job, FOLDER "/auth_sv5.auth", MTK_CREDENTIAL_AUTH, auth, err);
    if (!rc)
        rc = write_credential(job, FOLDER "/mtksim.cert", MTK_CREDENTIAL_CERT, auth, err);
    if (!rc)
        rc = rom_write_whole(job, FOLDER "/README.txt", readme, sizeof(readme) - 1, err);
    return rc;
}
