// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>

std::unique_ptr<QObject> makeProofTest();
std::unique_ptr<QObject> makeProofStoreTest();
std::unique_ptr<QObject> makeFileLookerTest();
std::unique_ptr<QObject> makeProofQueueTest();
std::unique_ptr<QObject> makeThumbnailStoreTest();
