using SpectralEarth.Checkpoints.Importing;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>Makes checkpoints of this program out of weights that other programs, or its own exports, hold.</summary>
public static class Importer
{
    private const string Counter = "num_batches_tracked";
    private const int Shown = 20;

    /// <summary>
    /// Matches the weights in <paramref name="source"/> by name and shape with a model and writes it, complete, to
    /// <paramref name="folder"/>.
    /// </summary>
    /// <param name="source">File in any format of <see cref="WeightFile.Open"/>.</param>
    /// <param name="folder">Folder that gets <c>weights.safetensors</c>; it must not hold any yet.</param>
    /// <param name="options">Shape, bands and what may be adapted.</param>
    /// <exception cref="CheckpointException">The file is unusable or damaged, holds no such model, lacks weights, or has other sizes or bands
    /// than asked for without leave to adapt them; lists all keys. Nothing is written.</exception>
    /// <exception cref="IOException">The folder cannot be written to, or the disk is full.</exception>
    public static WeightImportReport Import(string source, string folder, WeightImportOptions options)
    {
        var target = CheckpointFile.PathOfImported(folder);
        if (File.Exists(target))
            throw new CheckpointException($"{target} exists already. Choose another name, or delete it first.");
        using var file = WeightFile.Open(source);
        file.VerifyChecksums();         // what is damaged here would get a valid checksum below
        var weights = new LocatedWeights(file, options.Part);
        var plan = WeightImportPlan.Of(weights, options);

        using var model = new DescribedModel(plan.To);
        var used = weights.Names.Keys.Where(model.Weights.ContainsKey).ToHashSet(StringComparer.Ordinal);
        var missing = model.Weights.Keys.Where(key => !used.Contains(key)).Order(StringComparer.Ordinal).ToArray();
        Check(weights, model, plan, missing);
        foreach (var key in used)
            Fill(weights, key, model.Weights[key], plan.Fitting);

        Directory.CreateDirectory(folder);
        SafeTensorsFile.Write(
            target,
            model.Weights.ToDictionary(pair => CheckpointFile.ModelPrefix + pair.Key, pair => pair.Value),
            new Dictionary<string, string> { [ModelDescription.MetadataKey] = plan.To.ToJson() });
        return new WeightImportReport
        {
            Source = file.Path,
            Path = Path.GetFullPath(target),
            Description = plan.To,
            Matched = [.. used.Order(StringComparer.Ordinal)],
            Missing = missing,
            LeftOver = weights.LeftOver(used),
            Notes = plan.Notes,
        };
    }

    private static void Check(LocatedWeights weights, DescribedModel model, WeightImportPlan plan, IReadOnlyList<string> missing)
    {
        var faults = missing.Where(key => !key.EndsWith(Counter, StringComparison.Ordinal)).Select(key => $"missing: {key}")
            .Concat(from pair in model.Weights
                    let shape = weights.Shape(pair.Key)
                    where shape is not null && !plan.Fitting.Concerns(pair.Key) && !shape.SequenceEqual(pair.Value.shape)
                    select $"reshaped: {weights.Names[pair.Key]} is [{string.Join(", ", shape)}], the model has [{string.Join(", ", pair.Value.shape)}]")
            .ToArray();
        if (faults.Length == 0)
            return;
        var left = weights.LeftOver(weights.Names.Keys.Where(model.Weights.ContainsKey).ToHashSet()).SelectMany(part => part.Value).Take(Shown);
        throw new CheckpointException(
            $"{weights.File.Path}: the weights do not fit the model in {faults.Length} of {model.Weights.Count} keys:\n  " +
            string.Join("\n  ", faults.Take(Shown)) + (faults.Length > Shown ? $"\n  ... and {faults.Length - Shown} more" : "") +
            $"\nleft over in the file: {string.Join(", ", left)}\nUse a file of the same model, or give its recipe.");
    }

    private static void Fill(LocatedWeights weights, string key, Tensor target, WeightFitting fitting)
    {
        if (!fitting.Concerns(key))
        {
            weights.File.ReadInto(weights.Names[key], target);
            return;
        }

        using var source = weights.File.Read(weights.Names[key]);
        fitting.Fit(key, source, target);
    }
}
