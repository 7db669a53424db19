namespace SpectralEarth.Scenes.Labels;

/// <summary>Labels of several files on one grid: a pixel has the class of the files that label it. Thread-safe.</summary>
public sealed class MergedLabels : ILabels
{
    private readonly RasterWindow whole;
    private readonly byte[] codes;    // [H, W]

    private MergedLabels(RasterWindow whole, byte[] codes) => (this.whole, this.codes) = (whole, codes);

    /// <summary>The labels of one file as they are, or of several together.</summary>
    /// <param name="files">Names, for messages, and labels; at least one.</param>
    /// <param name="grid">Grid that all of them lie on.</param>
    /// <exception cref="SceneException">Two files give pixels different classes, or a file is damaged.</exception>
    public static ILabels Of(IReadOnlyList<(string Name, ILabels Labels)> files, RasterGrid grid)
    {
        if (files.Count == 1)
            return files[0].Labels;
        var whole = new RasterWindow(0, 0, grid.Width, grid.Height);
        var codes = new byte[whole.Count];
        var owners = new int[whole.Count];
        for (var file = 0; file < files.Count; file++)
        {
            var read = files[file].Labels.Read(whole);
            var conflicts = new SortedDictionary<int, int>();    // pixels by the other file
            for (var pixel = 0; pixel < read.Length; pixel++)
            {
                if (read[pixel] == 0 || read[pixel] == codes[pixel])
                    continue;
                if (codes[pixel] != 0)
                    conflicts[owners[pixel]] = conflicts.GetValueOrDefault(owners[pixel]) + 1;
                (codes[pixel], owners[pixel]) = (read[pixel], file);
            }

            if (conflicts.Count > 0)
                throw new SceneException($"{files[file].Name} and {string.Join("; ", conflicts.Select(other => $"{files[other.Key].Name} give {other.Value} pixels"))} of the scene different classes. Name one of them only, or correct them.");
        }

        return new MergedLabels(whole, codes);
    }

    /// <inheritdoc/>
    public byte[] Read(RasterWindow window) => window.Cut(codes, whole);
}
