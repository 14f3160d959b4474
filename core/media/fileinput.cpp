// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/fileinput.h"

#include "core/media/averror.h"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <cstdio>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kBufferBytes = 32768; // as libavformat's own for files

} // namespace

FileInput::FileInput(ClipFilePtr file, AVIOInterruptCB interrupt)
    : m_file(std::move(file))
    , m_interrupt(interrupt)
{
}

FileInput::~FileInput()
{
    if (m_context)
        av_freep(static_cast<void *>(&m_context->buffer)); // not always the one that it began with
    avio_context_free(&m_context);
}

Result<std::unique_ptr<FileInput>> FileInput::create(ClipFilePtr file, AVIOInterruptCB interrupt)
{
    std::unique_ptr<FileInput> input(new FileInput(std::move(file), interrupt));
    auto *buffer = static_cast<std::uint8_t *>(av_malloc(kBufferBytes));
    if (buffer)
        input->m_context = avio_alloc_context(buffer, kBufferBytes, 0, input.get(),
                                              &FileInput::onRead, nullptr, &FileInput::onSeek);
    if (!input->m_context) {
        av_free(buffer);
        return errorFromAv(AVERROR(ENOMEM), u"open %1"_s.arg(input->m_file->path()));
    }
    return input;
}

int FileInput::onRead(void *opaque, std::uint8_t *bytes, int size)
{
    auto *self = static_cast<FileInput *>(opaque);
    if (self->m_interrupt.callback && self->m_interrupt.callback(self->m_interrupt.opaque))
        return AVERROR_EXIT;
    const Result<std::size_t> count
        = self->m_file->read(self->m_position, {bytes, std::size_t(size)});
    if (!count)
        return AVERROR(count.error().native);
    if (count.value() == 0)
        return AVERROR_EOF;
    self->m_position += std::int64_t(count.value());
    return int(count.value());
}

std::int64_t FileInput::onSeek(void *opaque, std::int64_t offset, int whence)
{
    auto *self = static_cast<FileInput *>(opaque);
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return self->m_file->size();
    case SEEK_CUR:
        offset += self->m_position;
        break;
    case SEEK_END:
        offset += self->m_file->size();
        break;
    default:
        break;
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    return self->m_position = offset;
}

} // namespace continuo
