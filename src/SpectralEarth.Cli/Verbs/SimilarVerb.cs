using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Tasks.Embedding;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth similar EMBEDDINGS.parquet --to LOCATION [--data DATASET --out PAGE.html]</c></summary>
internal static class SimilarVerb
{
    private static readonly Argument<FileInfo> Embeddings = new("EMBEDDINGS") { Description = "Parquet file of embed." };
    private static readonly Option<string> To = new("--to") { Description = "Location of the given patch (location_id of the catalog).", HelpName = "LOCATION", Required = true };
    private static readonly Option<string?> Scene = new("--scene") { Description = "Scene of the given patch, where the location has several dates." };
    private static readonly Option<string?> Token = new("--token") { Description = "Row and column of the given token, for vectors of tokens.", HelpName = "ROW,COLUMN" };
    private static readonly Option<int> Count = new Option<int>("--count") { Description = "Patches to find.", DefaultValueFactory = _ => 12 }.AtLeast(1);
    private static readonly Option<bool> OtherLocations = new("--other-locations") { Description = "Leave out other dates and tokens of the same location." };
    private static readonly Option<FileInfo?> Csv = new Option<FileInfo?>("--csv") { Description = "CSV file to write." }.EndingWith(".csv");
    private static readonly Option<DirectoryInfo?> Data = new("--data") { Description = "Data set of the patches, for the pictures of the page." };
    private static readonly Option<FileInfo?> Out = new Option<FileInfo?>("--out", "-o") { Description = "HTML page with pictures to write; needs --data." }.EndingWith(".html");

    internal static Command Create() => new Command("similar", "Find the patches that are most like a given one.")
        { Embeddings, To, Scene, Token, Count, OtherLocations, Csv, Data, Out }.Running((line, terminal, _) => Run(line, terminal))
        .WithExamples("spectralearth similar patches.parquet --to 32633-128-r0045360-c0000948 --data patches --out similar.html");

    private static ExitCode Run(ParseResult line, Terminal terminal)
    {
        var (page, data) = (line.GetValue(Out), line.GetValue(Data));
        if (page is null != data is null)
            throw new UsageException("--out and --data belong together: the page shows patches of the data set.");
        var csv = line.GetValue(Csv);
        var table = EmbeddingFile.Read(line.GetRequiredValue(Embeddings).FullName);
        var query = SimilarPatches.Find(table, line.GetRequiredValue(To), line.GetValue(Scene), ParsedToken(line.GetValue(Token)));
        var found = SimilarPatches.Nearest(table, query, line.GetValue(Count), line.GetValue(OtherLocations));
        if (page is not null)
        {
            var dataset = Dataset.Open(data!.FullName);
            if (csv is not null)
                dataset.RequireForeign(csv.FullName);
            // Refuses another data set: before the list is written.
            SimilarPage.Write(page.FullName, dataset, table, query, found);
        }

        terminal.Result($"like {table.Places[query].LocationId}", ["rank", "location", "scene", "time", "token", "similarity"],
            found.Select((one, rank) => Row(one, rank + 1, table.Origin.IsPerToken)));
        if (csv is not null)
        {
            SimilarPatches.WriteCsv(csv.FullName, table.Origin, found);
            terminal.Result(csv.FullName);
        }

        if (page is not null)
            terminal.Result(page.FullName);
        return ExitCode.Done;
    }

    private static string[] Row(SimilarPatch one, int rank, bool isPerToken) =>
    [
        rank.ToString(CultureInfo.InvariantCulture),
        one.Place.LocationId,
        one.Place.SceneId,
        one.Place.Time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        isPerToken ? $"{one.Place.TokenRow},{one.Place.TokenColumn}" : "",
        one.Similarity.ToString("0.0000", CultureInfo.InvariantCulture),
    ];

    private static (int, int)? ParsedToken(string? text)
    {
        if (text is null)
            return null;
        var parts = text.Split(',');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var row) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var column)
            ? (row, column)
            : throw new UsageException($"--token '{text}' is not ROW,COLUMN, for example 3,0.");
    }
}
