using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The ground and the scenes that a network was trained on.</summary>
internal sealed class TrainingGround
{
    private readonly GroundIndex<int> index;
    private readonly HashSet<string> scenes;

    /// <param name="dataset">Data set.</param>
    /// <param name="patches">Catalog indices of the training patches.</param>
    public TrainingGround(Dataset dataset, IReadOnlyList<int> patches)
    {
        scenes = patches.Select(patch => dataset.Catalog[patch].SceneId).ToHashSet(StringComparer.Ordinal);
        var ground = PatchGround.Of(dataset);
        index = ground.Index<int>(dataset.Catalog);
        foreach (var patch in patches)
            index.Add(ground.Of(dataset.Catalog[patch]), patch);
    }

    /// <summary>Number of patches, of this or another data set, that show some of the ground. Different UTM zones are taken for different ground.</summary>
    public int PatchesOn(Dataset dataset, IReadOnlyList<int> patches)
    {
        var ground = PatchGround.Of(dataset);
        return patches.Count(patch => index.Overlapping(ground.Of(dataset.Catalog[patch])).Any());
    }

    /// <summary>Number of scenes, of those given, that supplied training patches.</summary>
    public int ScenesIn(IEnumerable<string> evaluated) => evaluated.Count(scenes.Contains);
}
