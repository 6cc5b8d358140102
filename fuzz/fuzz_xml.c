/* SPDX-License-Identifier: Apache-2.0 */
/* XML files: as a scatter, with all that holds for the text form, and as a flash.xml. */
#include "formats/flash_xml.h"
#include "fuzz/scatter_checks.h"

static void check_place(const char *folder, const char *file)
{
    char out[64];
    struct mtk_error err = {0};
    if (mtk_flash_xml_place(folder, file, out, sizeof(out), &err)) {
        EXPECT(err.row);
        return;
    }
    EXPECT(strlen(out) < sizeof(out) && out[0] != '/' && !strstr(out, "//"));
    for (const char *part = out; part; part = strchr(part, '/')) {
        part += *part == '/';
        EXPECT(!(part[0] == '.' && part[1] == '.' && (!part[2] || part[2] == '/')));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mtk_flash_xml x;
    struct mtk_error err = {0};
    check_scatter((const char *)data, size);
    if (mtk_flash_xml_parse((const char *)data, size, "fuzz", &x, &err)) {
        EXPECT(err.row && err.what[0]);
        return 0;
    }
    check_place("", x.scatter);
    check_place("download_agent", x.scatter);
    check_place("download_agent", x.dagent);
    return 0;
}
