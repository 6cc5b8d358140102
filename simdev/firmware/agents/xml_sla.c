/* SPDX-License-Identifier: Apache-2.0 */
/* SECURITY commands: the host proves that it knows the vendor's key. da-xml.md section 7. */
#include <string.h>

#include "simdev/firmware/agents/sla.h"
#include "simdev/firmware/agents/xml.h"

#define SIGNATURE_MAX 0x10000u
#define POLICY_MAX    0x1000u

enum xm_result xm_set_allinone_signature(struct xm *x)
{
    const char *source;
    size_t len;
    if (!xm_arg_file(x, "source_file", &source) ||
        xm_get_file(x, "Signature", source, SIGNATURE_MAX, &x->file, &len) != XM_GOT_IT)
        return XM_ERR;
    return XM_OK;
}

enum xm_result xm_get_dev_fw_info(struct xm *x)
{
    const struct board *b = phone_board(x->p);
    char memory[512];
    const char *target;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    ag_sla_challenge(x->p, x->challenge); /* the latest one counts */
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    xm_put(&o, XML_HEAD "<sla version=\"1.0\"><rnd>");
    xm_put_hex(&o, x->challenge, sizeof(x->challenge));
    xm_put(&o, "</rnd><hrid>");
    xm_put_hex(&o, b->hrid, sizeof(b->hrid));
    xm_put(&o, "</hrid><socid>");
    xm_put_hex(&o, b->soc_id, sizeof(b->soc_id));
    xm_put(&o, "</socid></sla>");
    return xm_give_file(x, "DEV-FW-INFO", target, o.s, o.len + 1) ? XM_OK : XM_ERR;
}

enum xm_result xm_set_flash_policy(struct xm *x)
{
    const char *source;
    size_t len;
    bool decrypts;
    if (!xm_arg_file(x, "source_file", &source) ||
        xm_get_file(x, "SEC-POLICY", source, POLICY_MAX, &x->file, &len) != XM_GOT_IT)
        return XM_ERR;
    if (!ag_sla_check(x->p, x->challenge, x->file.data, len, &decrypts)) {
        phone_log(x->p, "[DA%u] SLA: %s", x->stage,
                  decrypts ? "answer to another challenge" : "not made with the key");
        return xm_fail(x, "%s", XML_MSG_SLA);
    }
    x->proven = true;
    phone_log(x->p, "[DA%u] SLA: unlocked", x->stage);
    return XM_OK;
}
