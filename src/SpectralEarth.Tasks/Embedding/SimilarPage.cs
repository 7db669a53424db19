using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Spectra;
using static System.FormattableString;

namespace SpectralEarth.Tasks.Embedding;

/// <summary>A page with pictures of a patch and of those that are most like it.</summary>
public static class SimilarPage
{
    private static readonly Rgb Frame = new(0xFF, 0xFF, 0xFF);

    /// <summary>Writes the page; one HTML file that needs nothing else.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="dataset">Data set that the vectors were made of.</param>
    /// <param name="table">Vectors.</param>
    /// <param name="query">Index of the given one.</param>
    /// <param name="found">The nearest ones.</param>
    /// <exception cref="DatasetException">The vectors are of another data set, a patch cannot be read, or the file is one of the data set's own.</exception>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Write(string path, Dataset dataset, EmbeddingTable table, int query, IReadOnlyList<SimilarPatch> found)
    {
        dataset.RequireForeign(path);
        if (dataset.Manifest.Fingerprint != table.Origin.DatasetFingerprint)
            throw new DatasetException($"{dataset.Path}: fingerprint {dataset.Manifest.Fingerprint}; the vectors are of the data set {table.Origin.DatasetFingerprint}. Name that one with --data.");
        var indexOf = dataset.Catalog.Select((info, index) => (info, index)).ToDictionary(item => (item.info.LocationId, item.info.SceneId), item => item.index);
        var tokens = table.Origin.IsPerToken ? table.Places.Max(place => place.TokenRow) + 1 : 0;
        var wanted = Read(table.Places[query]);
        var stretch = FalseColor.Stretch<short>(wanted.Pixels, wanted.Validity, Side(), dataset.Manifest.WavelengthsNm, ColorWavelengths.Natural);
        var page = new ReportPage($"Like {table.Places[query].LocationId}");
        page.Facts([("Encoder", Invariant($"{table.Origin.Encoder}, width {table.Origin.Width}")), ("Vectors", Invariant($"{table.Places.Count:N0} of {(table.Origin.IsPerToken ? "tokens" : "patches")}"))]);
        page.Heading("Given").Gallery([(Look(table.Places[query]), Label(table.Places[query]))]);
        page.Heading("Nearest by cosine similarity").Paragraph("Natural colours, all pictures stretched like the given one. Grey: not usable." + (tokens > 0 ? " White frames: the tokens." : ""));
        page.Gallery([.. found.Select(one => (Look(one.Place), Invariant($"{one.Similarity:0.000}  {Label(one.Place)}")))]);
        page.Write(path);

        int Side() => dataset.Manifest.PatchSize;

        Patch Read(EmbeddedPlace place) => dataset.Read(indexOf[(place.LocationId, place.SceneId)]);

        Picture Look(EmbeddedPlace place)
        {
            var patch = Read(place);
            var picture = FalseColor.Render<short>(patch.Pixels, patch.Validity, Side(), dataset.Manifest.WavelengthsNm, ColorWavelengths.Natural, stretch);
            if (tokens > 0)
                DrawFrame(picture, place.TokenRow * Side() / tokens, place.TokenColumn * Side() / tokens, Side() / tokens);
            return picture;
        }
    }

    private static void DrawFrame(Picture picture, int top, int left, int side)
    {
        for (var step = 0; step < side; step++)
        {
            picture[top, left + step] = picture[top + side - 1, left + step] = Frame;
            picture[top + step, left] = picture[top + step, left + side - 1] = Frame;
        }
    }

    private static string Label(EmbeddedPlace place) => Invariant($"{place.LocationId}, {place.Time:yyyy-MM-dd}");
}
