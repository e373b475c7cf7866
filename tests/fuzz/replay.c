/* Runs all files of a folder, and each of their beginnings up to a bound, through a fuzz target. */
#include "base/err.h"
#include "base/str.h"
#include <dirent.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Every beginning of a short file, some of a long one: parsers must bear being cut anywhere. */
static void run_with_beginnings(const uint8_t *data, size_t n)
{
    size_t step = n / 64 + 1;
    for (size_t cut = 0; cut < n; cut += step) {
        /* A block of its own, so that ASan sees a read behind the end. */
        uint8_t *beginning = malloc(cut + 1);
        must(beginning);
        if (cut)
            memcpy(beginning + 1, data, cut);
        LLVMFuzzerTestOneInput(beginning + 1, cut);
        free(beginning);
    }
    LLVMFuzzerTestOneInput(data, n);
}

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    must(file);
    struct stat info;
    must(fstat(fileno(file), &info) == 0);
    size_t n = (size_t)info.st_size;
    uint8_t *data = malloc(n + !n);
    must(data);
    must(fread(data, 1, n, file) == n);
    fclose(file);
    run_with_beginnings(data, n);
    free(data);
}

int main(int argc, char **argv)
{
    int files = 0;
    must(argc == 2);
    DIR *folder = opendir(argv[1]);
    must(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        run_file(path);
        files++;
    }
    closedir(folder);
    printf("%s: %d seeds\n", argv[1], files);
    return files ? 0 : 1;
}
