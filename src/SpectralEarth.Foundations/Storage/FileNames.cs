namespace SpectralEarth.Storage;

/// <summary>File names from names in foreign files, which are not trusted.</summary>
public static class FileNames
{
    private const int Longest = 150;

    /// <summary>
    /// The name itself if it has only letters, digits, '-', '_' and '.', is no hidden file and not too long; else a like name
    /// with a checksum, so that different names stay different and none leaves the folder.
    /// </summary>
    public static string Safe(string name)
    {
        var isSafe = name.Length is > 0 and <= Longest && name[0] != '.' && name.All(IsPlain);
        if (isSafe)
            return name;
        var plain = new string([.. name.Take(Longest).Select(sign => IsPlain(sign) ? sign : '_')]).TrimStart('.');
        return $"{plain}-{Checksum.OfText(name)}";
    }

    private static bool IsPlain(char sign) => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_' or '.';
}
