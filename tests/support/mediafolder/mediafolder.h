// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace continuo {

/// A real file of the folder that CONTINUO_TEST_MEDIA names, as its MANIFEST.tsv has it.
struct MediaFile {
    QString path;
    QString name;
    QString grade; ///< good, odd, broken
    QString notes;
    double seconds = 0; ///< as its container says
    bool isClean = false; ///< ffmpeg reads all of it without an error
};

/// The folder; empty where the variable is not set.
QString mediaFolder();
/// Every file of the manifest, in its order; none where there is no manifest.
QList<MediaFile> mediaFiles();

/// Whether the file has a picture that is not the cover of its sound; asks ffprobe.
bool hasMovingPicture(const QString &path);
/// How long the picture (or, without one, the sound) is presented, in seconds, by the times of its
/// packets, without those that an edit list hides; -1: they do not tell. Asks ffprobe.
double presentedSeconds(const QString &path);

} // namespace continuo
