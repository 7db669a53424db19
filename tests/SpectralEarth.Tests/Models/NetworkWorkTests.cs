using SpectralEarth.Models;
using SpectralEarth.Models.Contrastive;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tests.Models;

public sealed class NetworkWorkTests
{
    // Numbers small enough to count by hand: 2 x 2 tokens of 2 x 2 pixels, width 8, one block, 76 bands, half of the tokens hidden.
    private static readonly MaeConfig Small = new()
    {
        Encoder = new EncoderConfig { Bands = 76, PatchSize = 4, TokenSize = 2, Width = 8, Depth = 1, Heads = 2 },
        DecoderWidth = 4,
        DecoderHeads = 1,
        MaskRatio = 0.5,
    };

    [Test]
    public void Work_of_a_small_autoencoder_equals_the_count_by_hand()
    {
        var work = NetworkWork.OfMae(Small, batch: 3, recompute: false).ToDictionary(stage => stage.Stage);

        // 76 bands: (76 + 2 - 7) / 5 + 1 = 15 positions, then 3, then 1. 3 x 2 visible tokens x 4 pixels = 24 spectra.
        const double Bottom = 2 * 24 * 15 * 7 * 32, Top = 2 * 24 * ((3 * 7 * 32 * 64) + (1 * 5 * 64 * 128));
        Assert.That((work["adapter"].Forward, work["adapter"].Backward), Is.EqualTo((Bottom + Top, Bottom + (2 * Top))));

        // 3 x 2 tokens of 4 x 128 features to 8.
        Assert.That(work["token projection"].Total, Is.EqualTo(3 * 2.0 * 6 * 4 * 128 * 8));

        // 3 tokens (class and 2 visible): qkv 8 x 24, proj 8 x 8, perceptron 8 x 32 and 32 x 8; scores and mixture 3 x 3 x 8.
        const double Linear = 3 * 2 * 3 * ((8 * 24) + (8 * 8) + (8 * 32) + (32 * 8)), Attention = 3 * 2 * 2 * 3 * 3 * 8;
        Assert.That((work["encoder blocks"].Forward, work["encoder blocks"].Backward), Is.EqualTo((Linear + Attention, 2 * (Linear + Attention))));

        // Embedding 3 tokens 8 x 4; qkv 4 x 12 of 3 tokens a patch and 4 positions; 2 hidden tokens: attention to 5, proj 4 x 4, perceptron 4 x 16 twice.
        const double Decoder = (3 * 2 * 3 * 8 * 4) + (2 * ((3 * 3) + 4) * 4 * 12) + (3 * 2 * 2 * ((4 * 4) + (4 * 16) + (16 * 4))) + (3 * 2 * 2 * 2 * 5 * 4);
        Assert.That(work["decoder blocks"].Forward, Is.EqualTo(Decoder));

        // 3 x 2 hidden tokens, 4 to 2 x 2 x 76 values.
        Assert.That((work["prediction"].Forward, work["prediction"].Backward), Is.EqualTo((2.0 * 6 * 4 * 304, 4.0 * 6 * 4 * 304)));
    }

    [Test]
    public void Work_of_a_cross_decoder_that_predicts_a_share_equals_the_count_by_hand()
    {
        var config = Small with { DecoderForm = DecoderForm.Cross, PredictedShare = 0.5 };

        var work = NetworkWork.OfMae(config, batch: 3, recompute: false).ToDictionary(stage => stage.Stage);

        // Embedding of 3 tokens 8 x 4; their keys and values 4 x 8; queries of 4 positions 4 x 4; 1 predicted token: attention to 3, proj 4 x 4, perceptron 4 x 16 twice.
        const double Decoder = (3 * 2 * 3 * 8 * 4) + (3 * 2 * 3 * 4 * 8) + (2 * 4 * 4 * 4) + (3 * 2 * 2 * 1 * 3 * 4) + (3 * 2 * 1 * ((4 * 4) + (4 * 16) + (16 * 4)));
        Assert.That(work["decoder blocks"].Forward, Is.EqualTo(Decoder));
        Assert.That(work["prediction"].Forward, Is.EqualTo(2.0 * 3 * 4 * 304));
    }

    [Test]
    public void Work_of_the_adapter_of_wavelengths_equals_the_count_by_hand()
    {
        var config = Small with { Encoder = Wavelengths(Small.Encoder) };

        var adapter = NetworkWork.OfMae(config, batch: 3, recompute: false)[0];

        // 24 spectra of 76 bands to 256, to 128.
        const double Bottom = 2 * 24 * 76 * 256, Top = 2 * 24 * 256 * 128;
        Assert.That((adapter.Forward, adapter.Backward), Is.EqualTo((Bottom + Top, Bottom + (2 * Top))));
    }

    [TestCase(1, DecoderForm.Self, false)]
    [TestCase(2, DecoderForm.Self, true)]
    [TestCase(2, DecoderForm.Cross, false)]
    public void Parameters_are_as_many_as_the_network_has(int depth, DecoderForm form, bool byWavelength)
    {
        var encoder = Small.Encoder with { Depth = 3 - depth };
        var config = Small with { DecoderDepth = depth, DecoderForm = form, Encoder = byWavelength ? Wavelengths(encoder) : encoder };
        using var network = new MaskedAutoencoder(config, seed: 1);

        Assert.That(NetworkWork.ParametersOfMae(config), Is.EqualTo(network.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.NumberOfElements)));
    }

    [Test]
    public void Recomputed_blocks_cost_one_more_forward_pass()
    {
        var (plain, again) = (Blocks(recompute: false), Blocks(recompute: true));

        Assert.That((again.Forward, again.Backward), Is.EqualTo((plain.Forward, plain.Backward + plain.Forward)));

        static StageWork Blocks(bool recompute) => NetworkWork.OfMae(Small, batch: 3, recompute).Single(stage => stage.Stage == "encoder blocks");
    }

    [Test]
    public void Adapter_on_all_pixels_costs_as_many_times_more_as_there_are_tokens_to_visible_ones()
    {
        var all = NetworkWork.OfMae(Small with { AdapterInput = AdapterInput.All }, batch: 1, recompute: false)[0];

        Assert.That(all.Total, Is.EqualTo(2 * NetworkWork.OfMae(Small, batch: 1, recompute: false)[0].Total));
    }

    [Test]
    public void Work_of_an_encoder_on_whole_images_counts_a_teacher_once()
    {
        var work = NetworkWork.OfEncoder(Small.Encoder, trained: 2, followed: 2, recompute: false);

        Assert.That(work.Select(stage => stage.Stage), Is.EqualTo(new[] { "adapter", "token projection", "encoder blocks", "teacher" }));
        Assert.That((work[3].Forward, work[3].Backward), Is.EqualTo((work.Take(3).Sum(stage => stage.Forward), 0)));

        // ViT-S on an image of 32 x 32 tokens: 12 blocks of 1025 tokens, 24 D^2 + 4 N D operations a token.
        var small = NetworkWork.OfEncoder(new EncoderConfig(), trained: 1, followed: 0, recompute: false).Single(stage => stage.Stage == "encoder blocks");
        Assert.That(small.Forward, Is.EqualTo(12 * 1025.0 * ((24 * 384 * 384) + (4 * 1025 * 384))));
    }

    [Test]
    public void Work_of_a_residual_network_is_the_published_one()
    {
        var config = new EncoderConfig { Architecture = EncoderArchitecture.Resnet50, Bands = 3, PatchSize = 224 };

        var stage = NetworkWork.OfEncoder(config, trained: 1, followed: 0, recompute: false).Single();

        // fvcore counts 4,089,184,256 multiplications of torchvision's resnet50, 2,048,000 of them the classifier's.
        Assert.That(stage.Forward, Is.EqualTo(2 * (4_089_184_256.0 - 2_048_000)));
        Assert.That(stage.Backward, Is.EqualTo((2 * stage.Forward) - (2.0 * 112 * 112 * 3 * 64 * 49)), "the stem's input needs no gradient");
    }

    [Test]
    public void Kept_memory_of_a_residual_network_equals_the_count_by_hand()
    {
        var config = new EncoderConfig { Architecture = EncoderArchitecture.Resnet50, Bands = 3, PatchSize = 224 };

        // Stem: 64 channels before and after ReLU, then a max pool whose places take as much as two results. A bottleneck of width w with o = 4 w
        // outputs: 2 w, 2 w, 2 o; the first of a stage o more for its shortcut, and its first convolution is on the larger map.
        const double Stem = (112.0 * 112 * 2 * 64) + (56 * 56 * 3 * 64);
        const double First = (56.0 * 56 * 3 * 3 * 256) + (56 * 56 * 256);
        const double Second = (28.0 * 28 * 4 * 3 * 512) + (28 * 28 * 512) + (((56 * 56) - (28 * 28)) * 2 * 128);
        const double Third = (14.0 * 14 * 6 * 3 * 1024) + (14 * 14 * 1024) + (((28 * 28) - (14 * 14)) * 2 * 256);
        const double Fourth = (7.0 * 7 * 3 * 3 * 2048) + (7 * 7 * 2048) + (((14 * 14) - (7 * 7)) * 2 * 512);
        Assert.That(NetworkWork.KeptBytesOfEncoder(config, Precision.Float32, recompute: false), Is.EqualTo(4 * (Stem + First + Second + Third + Fourth)));
    }

    [Test]
    public void Parameters_of_encoder_and_heads_are_as_many_as_the_networks_of_the_objectives_have()
    {
        var encoder = Small.Encoder with { Positions = PositionalEmbedding.Learned };
        var (moco, symmetric, dino) = (new MomentumContrastConfig { HiddenWidth = 5, OutputWidth = 3, QueueLength = 4 },
            new SymmetricContrastConfig { HiddenWidth = 5, OutputWidth = 3 }, new SelfDistillationConfig { HiddenWidth = 5, BottleneckWidth = 3, Outputs = 7 });
        using var mocoNetwork = new MomentumContrast(moco, encoder, seed: 1);
        using var symmetricNetwork = new SymmetricContrast(symmetric, Small.Encoder, seed: 1);
        using var dinoNetwork = new SelfDistillation(dino, encoder, seed: 1);
        var (projector, predictor) = HeadParameters.Of(symmetric, encoder.FeatureWidth);

        Assert.That(NetworkWork.ParametersOfEncoder(encoder) + HeadParameters.Of(moco, encoder.FeatureWidth), Is.EqualTo(Trained(mocoNetwork)));
        Assert.That(NetworkWork.ParametersOfEncoder(Small.Encoder) - NetworkWork.ParametersOfProjection(Small.Encoder) + projector + predictor, Is.EqualTo(Trained(symmetricNetwork)));
        Assert.That(NetworkWork.ParametersOfEncoder(encoder) + HeadParameters.Of(dino, encoder.FeatureWidth), Is.EqualTo(Trained(dinoNetwork)));

        static long Trained(Module network) => network.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.NumberOfElements);
    }

    [Test]
    public void Kept_memory_shrinks_with_bfloat16_and_with_recomputation()
    {
        var config = new MaeConfig { AdapterInput = AdapterInput.Visible };
        var plain = NetworkWork.KeptBytesOfMae(config, Precision.Float32, recompute: false);

        Assert.That(NetworkWork.KeptBytesOfMae(config, Precision.Bfloat16, recompute: false), Is.LessThan(plain));
        Assert.That(NetworkWork.KeptBytesOfMae(config, Precision.Float32, recompute: true),
            Is.EqualTo(plain - (11 * 64 * 384 * 103.0) + (12 * 4 * 384 * 103.0)), "103 tokens: 11 of 12 blocks, but for every block's input");
    }

    private static EncoderConfig Wavelengths(EncoderConfig encoder) =>
        encoder with { Adapter = AdapterForm.Full, WavelengthsNm = [.. Enumerable.Range(0, encoder.Bands).Select(band => 420 + (25.0 * band))] };
}
