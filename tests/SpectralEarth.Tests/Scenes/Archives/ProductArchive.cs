using System.Formats.Tar;
using System.IO.Compression;

namespace SpectralEarth.Tests.Scenes.Archives;

/// <summary>Packs the files of a folder as EnMAP products are delivered.</summary>
internal static class ProductArchive
{
    /// <summary>Files of a folder under another folder's name.</summary>
    internal static (string Name, byte[] Bytes)[] Files(string folder, string name) =>
        [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(file => ($"{name}/{Path.GetFileName(file)}", File.ReadAllBytes(file)))];

    internal static void Zip(string path, CompressionLevel level, params (string Name, byte[] Bytes)[] files)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in files)
        {
            using var entry = zip.CreateEntry(name, level).Open();
            entry.Write(bytes);
        }
    }

    internal static void Tar(string path, TarEntryFormat format, params (string Name, byte[] Bytes)[] files)
    {
        using var file = File.Create(path);
        using Stream packed = path.EndsWith(".tar", StringComparison.Ordinal) ? file : new GZipStream(file, CompressionLevel.Fastest);
        using var tar = new TarWriter(packed, format);
        foreach (var (name, bytes) in files)
        {
            var entry = Entry(format, name);
            entry.DataStream = new MemoryStream(bytes);
            tar.WriteEntry(entry);
        }
    }

    internal static TarEntry Entry(TarEntryFormat format, string name, TarEntryType type = TarEntryType.RegularFile) => format switch
    {
        TarEntryFormat.Ustar => new UstarTarEntry(type, name),
        TarEntryFormat.Gnu => new GnuTarEntry(type, name),
        _ => new PaxTarEntry(type, name),
    };
}
