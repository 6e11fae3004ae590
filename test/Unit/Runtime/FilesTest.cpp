//===- FilesTest.cpp - reading and writing files --------------------------===//
#include "TestFiles.h"

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Npy.h"
#include "tenon/Runtime/Io/Safetensors.h"
#include "gtest/gtest.h"

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

TEST(FileSource, S27_shortenedFileIsAnEnvironmentError) {
  TemporaryDirectory directory;
  std::string path = directory.write("w", std::string(100'000, 'x'));
  Result<std::unique_ptr<ByteSource>> source = openFile(path);
  ASSERT_TRUE(source.ok());
  ASSERT_EQ(truncate(path.c_str(), 50'000), 0);
  std::string buffer(100'000, '\0');
  Status status = (*source)->read(0, buffer.data(), buffer.size());
  EXPECT_EQ(status.code(), ExitCode::Environment);
  EXPECT_NE(textOf(status).find("had 100000 bytes and now ends at 50000"), std::string::npos);
}

TEST(FileSource, R21_replacedFileKeepsItsContent) {
  TemporaryDirectory directory;
  std::string path = directory.write("x", "old content");
  Result<std::unique_ptr<ByteSource>> source = openFile(path);
  ASSERT_TRUE(source.ok());
  directory.write("y", "new");
  ASSERT_EQ(rename(directory.path("y").c_str(), path.c_str()), 0);
  char buffer[11];
  ASSERT_TRUE((*source)->read(0, buffer, sizeof(buffer)).ok());
  EXPECT_EQ(std::string(buffer, sizeof(buffer)), "old content");
}

TEST(FileSource, R21_shortenedInputIsAnEnvironmentError) {
  TemporaryDirectory directory;
  std::string path =
      directory.write("x.npy", npyPreamble(TN_F32, {1000}) + std::string(4000, '\0'));
  Result<std::unique_ptr<ByteSource>> source = openFile(path);
  ASSERT_TRUE(source.ok());
  Result<NpyHeader> header = readNpyHeader(**source);
  ASSERT_TRUE(header.ok());
  ASSERT_EQ(truncate(path.c_str(), 1000), 0);
  std::string data(4000, '\0');
  EXPECT_EQ(readNpyData(**source, *header, data.data()).code(), ExitCode::Environment);
}

TEST(FileSource, onlyRegularFiles) {
  TemporaryDirectory directory;
  ASSERT_EQ(mkfifo(directory.path("pipe").c_str(), 0600), 0);
  for (const std::string &path :
       {directory.path("pipe"), directory.path(""), std::string("/dev/zero"),
        directory.path("absent"), std::string()}) {
    Result<std::unique_ptr<ByteSource>> source = openFile(path);
    ASSERT_FALSE(source.ok()) << path;
    EXPECT_EQ(source.status().code(), ExitCode::Environment);
  }
}

TEST(AtomicFile, appearsAtCommit) {
  TemporaryDirectory directory;
  directory.write("y", "old");
  {
    Result<AtomicFile> file = AtomicFile::create(directory.path("y"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("new content", 11).ok());
    EXPECT_EQ(directory.read("y"), "old");
    ASSERT_TRUE(file->flush().ok());
    EXPECT_EQ(directory.read("y"), "old");
    ASSERT_TRUE(file->commit().ok());
  }
  EXPECT_EQ(directory.read("y"), "new content");
}

TEST(AtomicFile, leavesTheOneBefore) {
  TemporaryDirectory directory;
  std::string path = directory.path("y"), before;
  for (const char *content : {"1", "2", "3"}) {
    Result<AtomicFile> file = AtomicFile::create(path);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write(content, 1).ok() && file->flush().ok());
    ASSERT_TRUE(file->commit(/*keepsPrevious=*/true).ok());
    EXPECT_EQ(directory.read("y"), content);
    EXPECT_EQ(directory.read("y.previous"), before);
    before = content;
  }
  // Where the name is taken by something else, that stays, and so does the file.
  ASSERT_EQ(unlink(directory.path("y.previous").c_str()), 0);
  ASSERT_EQ(mkdir(directory.path("y.previous").c_str(), 0700), 0);
  Result<AtomicFile> file = AtomicFile::create(path);
  ASSERT_TRUE(file.ok() && file->flush().ok());
  EXPECT_TRUE(file->commit(/*keepsPrevious=*/true).ok());
  EXPECT_EQ(directory.read("y"), "");
  EXPECT_TRUE(std::filesystem::is_directory(directory.path("y.previous")));
}

TEST(AtomicFile, leavesNothingWithoutCommit) {
  TemporaryDirectory directory;
  {
    Result<AtomicFile> file = AtomicFile::create(directory.path("y"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("text", 4).ok());
    ASSERT_TRUE(file->flush().ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path("")));
}

TEST(AtomicFile, removesTemporariesOnRequest) {
  TemporaryDirectory directory;
  Result<AtomicFile> file = AtomicFile::create(directory.path("y"));
  ASSERT_TRUE(file.ok());
  removeTemporaries();
  EXPECT_TRUE(std::filesystem::is_empty(directory.path("")));
}

TEST(AtomicFile, keepsPermissions) {
  TemporaryDirectory directory;
  std::string path = directory.write("y", "old");
  ASSERT_EQ(chmod(path.c_str(), 0604), 0);
  Result<AtomicFile> file = AtomicFile::create(path);
  ASSERT_TRUE(file.ok() && file->flush().ok() && file->commit().ok());
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0604u);
}

TEST(AtomicFile, tellsSameFiles) {
  TemporaryDirectory directory;
  std::string a = directory.write("a", ""), b = directory.write("b", "");
  EXPECT_TRUE(isSameFile(a, directory.path("./a")));
  EXPECT_FALSE(isSameFile(a, b));
  EXPECT_TRUE(isSameFile(directory.path("new"), directory.path("./new")));
  EXPECT_FALSE(isSameFile(directory.path("new"), directory.path("newer")));
}

TEST(AlignedBuffer, alignsAndRefuses) {
  for (uint64_t bytes : {uint64_t{0}, uint64_t{1}, uint64_t{40} << 20}) {
    Result<AlignedBuffer> buffer = AlignedBuffer::allocate(bytes, "a test");
    ASSERT_TRUE(buffer.ok());
    EXPECT_NE(buffer->data(), nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 64, 0u);
  }
  for (uint64_t bytes : {uint64_t{1} << 50, UINT64_MAX}) {
    Result<AlignedBuffer> buffer = AlignedBuffer::allocate(bytes, "a test");
    ASSERT_FALSE(buffer.ok());
    EXPECT_EQ(buffer.status().code(), ExitCode::Environment);
    EXPECT_NE(textOf(buffer.status()).find(std::to_string(bytes)), std::string::npos);
  }
}

} // namespace
