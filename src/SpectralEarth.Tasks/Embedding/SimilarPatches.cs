using System.Globalization;
using System.Numerics;
using System.Text;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Storage;

namespace SpectralEarth.Tasks.Embedding;

/// <summary>Finds the vectors nearest to a given one by cosine similarity.</summary>
public static class SimilarPatches
{
    /// <summary>The place that a user names.</summary>
    /// <param name="table">Vectors.</param>
    /// <param name="location">Location.</param>
    /// <param name="scene">Scene; may be null where the location has one date.</param>
    /// <param name="token">Row and column of the token; needed for vectors of tokens, and for these only.</param>
    /// <returns>Index in the table.</returns>
    /// <exception cref="DatasetException">There is no such place, or several.</exception>
    public static int Find(EmbeddingTable table, string location, string? scene, (int Row, int Column)? token)
    {
        if (table.Origin.IsPerToken != token.HasValue)
            throw new DatasetException(token.HasValue ? "The vectors are of whole patches; leave --token out." : "The vectors are of tokens; name one with --token ROW,COLUMN.");
        var there = Enumerable.Range(0, table.Places.Count).Where(index => table.Places[index].LocationId == location).ToArray();
        if (there.Length == 0)
            throw new DatasetException($"Location {location} has no vector; there are {table.Places.Count}, the first of {(table.Places.Count > 0 ? table.Places[0].LocationId : "none")}. Take one of the catalog (spectralearth dataset info DATASET --locations).");
        var found = there.Where(index => (scene is null || table.Places[index].SceneId == scene)
            && (token is not { } wanted || (table.Places[index].TokenRow, table.Places[index].TokenColumn) == wanted)).ToArray();
        return found.Length == 1 ? found[0] : throw new DatasetException(found.Length == 0
            ? $"Location {location} has no such scene or token. Its scenes are {Scenes(there)}; tokens go up to {there.Max(index => table.Places[index].TokenRow)},{there.Max(index => table.Places[index].TokenColumn)}."
            : $"Location {location} has several dates. Name one with --scene: {Scenes(there)}.");

        string Scenes(IEnumerable<int> indices) => string.Join(", ", indices.Select(index => table.Places[index].SceneId).Distinct(StringComparer.Ordinal));
    }

    /// <summary>The nearest vectors, nearest first; of equally near ones the first in the table. The given one is left out.</summary>
    /// <param name="table">Vectors.</param>
    /// <param name="query">Index of the given one.</param>
    /// <param name="count">Most results.</param>
    /// <param name="otherLocations">True to leave out other dates and tokens of the same location.</param>
    public static IReadOnlyList<SimilarPatch> Nearest(EmbeddingTable table, int query, int count, bool otherLocations)
    {
        var wanted = table.Vectors[query];
        var length = Math.Sqrt(Product(wanted, wanted));
        return [.. Enumerable.Range(0, table.Places.Count)
            .Where(index => index != query && !(otherLocations && table.Places[index].LocationId == table.Places[query].LocationId))
            .Select(index => new SimilarPatch(index, table.Places[index], Cosine(index)))
            .OrderByDescending(found => found.Similarity).ThenBy(found => found.Index).Take(count)];

        // A vector of zeros has no direction, so it is like nothing.
        double Cosine(int index)
        {
            var lengths = length * Math.Sqrt(Product(table.Vectors[index], table.Vectors[index]));
            return lengths > 0 ? Product(wanted, table.Vectors[index]) / lengths : 0;
        }
    }

    /// <summary>Writes the results as CSV with a header; vectors of whole patches have no token.</summary>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void WriteCsv(string path, EmbeddingOrigin origin, IReadOnlyList<SimilarPatch> found)
    {
        var text = new StringBuilder("rank,location_id,scene_id,time,token_row,token_column,similarity\n");
        for (var rank = 0; rank < found.Count; rank++)
        {
            var place = found[rank].Place;
            var token = origin.IsPerToken ? string.Create(CultureInfo.InvariantCulture, $"{place.TokenRow},{place.TokenColumn}") : ",";
            text.Append(CultureInfo.InvariantCulture,
                $"{rank + 1},{CsvText.Quoted(place.LocationId)},{CsvText.Quoted(place.SceneId)},{place.Time:yyyy-MM-ddTHH:mm:ssZ},{token},{found[rank].Similarity:0.######}\n");
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    private static double Product(float[] a, float[] b)
    {
        var sum = 0.0;
        var at = 0;
        for (; at <= a.Length - Vector<float>.Count; at += Vector<float>.Count)
            sum += Vector.Dot(new Vector<float>(a, at), new Vector<float>(b, at));
        for (; at < a.Length; at++)
            sum += a[at] * b[at];
        return sum;
    }
}

/// <summary>A vector that is like the given one.</summary>
/// <param name="Index">Index in the table.</param>
/// <param name="Place">What it describes.</param>
/// <param name="Similarity">Cosine of the angle between the two, -1 to 1.</param>
public sealed record SimilarPatch(int Index, EmbeddedPlace Place, double Similarity);
