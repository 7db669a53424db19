using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SpectralEarth.Recipes;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards;

/// <summary>dataset.yaml, which is written last: a folder that has it is a finished data set.</summary>
public static partial class ManifestFile
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "dataset.yaml";
    /// <summary>Folder that a data set in the making keeps its finished parts in.</summary>
    public const string WorkFolder = ".work";

    private const string FormatName = "spectralearth-dataset";
    private const int Version = 1;

    /// <summary>True if a folder holds a finished data set.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the manifest of the data set in <paramref name="folder"/>.</summary>
    /// <exception cref="DatasetException">Not a data set, unfinished, of another format version or damaged.</exception>
    public static DatasetManifest Read(string folder)
    {
        if (!Exists(folder))
            throw new DatasetException(Directory.Exists(Path.Combine(folder, WorkFolder))
                ? $"{folder}: the data set is unfinished ({FileName} is written last). Run the command that makes it again; it goes on where it stopped."
                : $"{folder}: not a data set, {FileName} is missing.");
        var path = Path.Combine(folder, FileName);
        CheckFormat(File.ReadAllText(path), path);
        try
        {
            return Whole(RecipeFile.Read<DatasetManifest>(path), path);
        }
        catch (RecipeException e)
        {
            throw new DatasetException($"The manifest cannot be used. {e.Message}", e);
        }
    }

    /// <summary>Writes the manifest atomically.</summary>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Write(string folder, DatasetManifest manifest) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), RecipeFile.ToYaml(manifest));

    /// <summary>Checksum of the file that <see cref="Write"/> makes of a manifest.</summary>
    internal static ulong ChecksumOf(DatasetManifest manifest) => Checksum.Of(Encoding.UTF8.GetBytes(RecipeFile.ToYaml(manifest)));

    private static DatasetManifest Whole(DatasetManifest manifest, string path) =>
        manifest.WavelengthsNm.Count == manifest.Bands.Count && manifest.Statistics.Count == manifest.Bands.Count
            ? manifest
            : throw new DatasetException($"{path}: {manifest.Bands.Count} bands, but {manifest.WavelengthsNm.Count} wavelengths_nm and {manifest.Statistics.Count} statistics; expected one of each per band. Restore the file.");

    // Another version may have keys that this program does not know, so its number is looked for first.
    private static void CheckFormat(string yaml, string path)
    {
        var format = FormatLine().Match(yaml).Groups[1].Value;
        if (format != FormatName)
            throw new DatasetException($"{path}: format is '{format}', expected '{FormatName}'. Is this the right file?");
        var version = VersionLine().Match(yaml).Groups[1].Value;
        if (!int.TryParse(version, CultureInfo.InvariantCulture, out var number) || number != Version)
            throw new DatasetException($"{path}: format_version is '{version}', but this program reads {Version}. Use the program that wrote the data set, or make the data set again.");
    }

    [GeneratedRegex(@"^format:\s*[""']?([\w-]*)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex FormatLine();

    [GeneratedRegex(@"^format_version:\s*(\S*)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex VersionLine();
}
