// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

/// What containers say is not to be seen of a picture.
class TestAperture final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void cleanAperture_isCropped_data();
    void cleanAperture_isCropped();
    void pixelCrop_isCropped();
    void fields_areCropped();
    void realFiles_areCropped_data();
    void realFiles_areCropped();

private:
    /// A picture with a grey border of 16 left, 8 right, 8 above and 4 below.
    bool makeBordered(const QString &path, const QStringList &output,
                      const QString &filter = QString());

    MediaFactory m_media;
};

} // namespace continuo
