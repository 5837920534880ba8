/*
 * What every fuzz target is: one function that must survive any bytes. With
 * --enable-fuzzers libFuzzer calls it; otherwise driver.c runs it over its
 * seed corpus, which `make check` does.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
