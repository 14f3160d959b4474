// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/clipfile.h"

extern "C" {
#include <libavformat/avio.h>
}

namespace continuo {

/// What libavformat reads a ClipFile by: a place in it, and a buffer. Opens nothing. One thread.
class FileInput final {
public:
    /// \p interrupt is asked before each read. Errors: NoSpace.
    static Result<std::unique_ptr<FileInput>> create(ClipFilePtr file, AVIOInterruptCB interrupt);
    ~FileInput();

    FileInput(const FileInput &) = delete;
    FileInput &operator=(const FileInput &) = delete;

    AVIOContext *context() const { return m_context; }

private:
    FileInput(ClipFilePtr file, AVIOInterruptCB interrupt);

    static int onRead(void *opaque, std::uint8_t *bytes, int size);
    static std::int64_t onSeek(void *opaque, std::int64_t offset, int whence);

    const ClipFilePtr m_file;
    const AVIOInterruptCB m_interrupt;
    std::int64_t m_position = 0;
    AVIOContext *m_context = nullptr;
};

} // namespace continuo
