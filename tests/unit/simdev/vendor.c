/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor.h"

#include "formats/credential.h"
#include "formats/preloader.h"
#include "simdev/board/soc.h"
#include "simdev/firmware/agent_image.h"
#include "simdev/firmware/security.h"
#include "simdev/firmware/vendor_keys.h"

void vendor_make(struct vendor *v, uint64_t seed)
{
    v->root = vendor_key(seed, VENDOR_ROOT);
    v->sla = vendor_key(seed, VENDOR_SLA);
    v->da_sla = vendor_key(seed, VENDOR_DA_SLA);
    assert_true(v->root && v->sla && v->da_sla);
    const struct rsa_key *keys[MTK_AUTH_KEYS] = {
        [MTK_AUTH_KEY_ROOT] = v->root, [MTK_AUTH_KEY_DA] = v->root, [MTK_AUTH_KEY_SLA] = v->sla};
    v->auth = mtk_credential_write(MTK_CREDENTIAL_AUTH, "test", 0, keys, v->root, &v->auth_len);
    v->cert = mtk_credential_write(MTK_CREDENTIAL_CERT, NULL, 0, keys, v->root, &v->cert_len);
    assert_true(v->auth && v->cert);
}

void vendor_free(struct vendor *v)
{
    rsa_key_free(v->root);
    rsa_key_free(v->sla);
    rsa_key_free(v->da_sla);
    free(v->auth);
    free(v->cert);
}

void vendor_da(const struct vendor *v, const char *chip, unsigned version, uint8_t da[VENDOR_DA_LEN])
{
    const struct soc_profile *soc = soc_find(chip);
    assert_non_null(soc);
    const struct agent_descriptor d = {.kind = MTK_AGENT_XFLASH,
                                       .stage = 1,
                                       .hw_code = soc->hw_code,
                                       .address = 0x200000,
                                       .year = 2019,
                                       .version = version,
                                       .length = VENDOR_DA_CODE};
    uint8_t *code = agent_image_build(&d, NULL, 1);
    assert_non_null(code);
    memcpy(da, code, VENDOR_DA_CODE);
    free(code);
    assert_int_equal(
        rsa_sign(v->root, security_da_scheme(soc), da, VENDOR_DA_CODE, version, da + VENDOR_DA_CODE), 0);
}

void vendor_put_preloader(struct mtksim *p, const struct rsa_key *key, uint32_t version)
{
    static const uint8_t code[4096] = {0x13};
    struct mtk_emi_record dram = {.type = 0x0006, .rank_size = {UINT64_C(0x80000000)}};
    struct mtk_preloader_build build = {.project_file = "preloader_test.bin",
                                        .emi_version = 35,
                                        .records = &dram,
                                        .n_records = 1,
                                        .code = code,
                                        .code_len = sizeof code,
                                        .max_size = 0x40000,
                                        .load_addr = 0x201000,
                                        .version = version,
                                        .key = key};
    bool ufs = mtksim_flash_size(p, "lu0") != 0;
    const char *area = ufs ? "lu0" : "boot1";
    enum mtk_boot_device dev = ufs ? MTK_BOOT_UFS : MTK_BOOT_EMMC;
    uint8_t head[0x1000];
    size_t head_len = mtk_preloader_header_len(dev, 0), len;
    uint8_t *image = mtk_preloader_write(&build, &len);
    assert_non_null(image);
    mtk_preloader_header(dev, build.max_size, 0, 0, 0, head);
    assert_int_equal(mtksim_flash_write(p, area, 0, head, head_len), 0);
    assert_int_equal(mtksim_flash_write(p, area, head_len, image, len), 0);
    free(image);
}

/* 6.3, written down once more: words swapped, type 1, private key, words swapped. */
void vendor_answer(const struct rsa_key *sla, const uint8_t challenge[16], uint8_t answer[VENDOR_SIG])
{
    uint8_t swapped[16], sig[VENDOR_SIG];
    for (size_t i = 0; i < sizeof swapped; i++)
        swapped[i] = challenge[i ^ 1];
    assert_int_equal(rsa_sign(sla, RSA_TYPE1_RAW, swapped, sizeof swapped, 0, sig), 0);
    for (size_t i = 0; i < VENDOR_SIG; i++)
        answer[i] = sig[i ^ 1];
}

struct vendor ours, other;

int make_vendors(void **state)
{
    (void)state;
    vendor_make(&ours, 0);
    vendor_make(&other, 1);
    return 0;
}

int free_vendors(void **state)
{
    (void)state;
    vendor_free(&ours);
    vendor_free(&other);
    return 0;
}

static void put(struct mtksim *p, const uint8_t *bytes, size_t n)
{
    assert_int_equal(mtksim_write(p, bytes, n, HOST_BYTE_NS), (ssize_t)n);
}

static unsigned xor16(const uint8_t *bytes, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++)
        sum ^= i & 1 ? (unsigned)bytes[i] << 8 : bytes[i];
    return sum;
}

/* "H> 00 00 12 34 D> 00 00 12 34 " */
static void echo32(struct mtksim *p, uint32_t v)
{
    char script[64];
    unsigned b[] = {v >> 24, v >> 16 & 0xFF, v >> 8 & 0xFF, v & 0xFF};
    snprintf(script, sizeof script, "H> %02X %02X %02X %02X D> %02X %02X %02X %02X", b[0], b[1], b[2], b[3],
             b[0], b[1], b[2], b[3]);
    host_talk(p, script);
}

static void expect(struct mtksim *p, const char *bytes)
{
    char script[64];
    snprintf(script, sizeof script, "D> %s", bytes);
    host_talk(p, script);
}

static void op(struct mtksim *p, unsigned code)
{
    char script[32];
    snprintf(script, sizeof script, "H> %02X D> %02X", code, code);
    host_talk(p, script);
}

void vendor_send_payload(struct mtksim *p, const uint8_t *da, size_t len, const char *s2)
{
    char script[64];
    unsigned sum = xor16(da, len);
    put(p, da, len);
    snprintf(script, sizeof script, "D> %02X %02X %s", sum >> 8, sum & 0xFF, s2);
    host_talk(p, script);
}

void vendor_send_file(struct mtksim *p, uint8_t code, const uint8_t *file, size_t len, const char *status)
{
    op(p, code);
    echo32(p, (uint32_t)len);
    expect(p, "00 00");
    vendor_send_payload(p, file, len, status);
}

void vendor_take_challenge(struct mtksim *p, uint8_t challenge[16])
{
    host_talk(p, "H> E3 D> E3 00 00 00 00 00 10");
    assert_int_equal(mtksim_read(p, challenge, 16, HOST_BYTE_NS), 16);
}

void vendor_send_answer(struct mtksim *p, const uint8_t answer[VENDOR_SIG], const char *status)
{
    host_talk(p, "H> 00 00 01 00 D> 00 00 01 00 00 00");
    put(p, answer, VENDOR_SIG);
    expect(p, status);
}

void vendor_sla(struct mtksim *p, const struct rsa_key *key, const char *status)
{
    uint8_t challenge[16], answer[VENDOR_SIG];
    vendor_take_challenge(p, challenge);
    vendor_answer(key, challenge, answer);
    vendor_send_answer(p, answer, status);
}

void vendor_send_da(struct mtksim *p, const uint8_t *da, size_t len, uint32_t sig_len, const char *s1,
                    const char *s2)
{
    op(p, 0xD7);
    echo32(p, 0x200000);
    echo32(p, (uint32_t)len);
    echo32(p, sig_len);
    expect(p, s1);
    if (!strcmp(s1, "00 00"))
        vendor_send_payload(p, da, len, s2);
}
