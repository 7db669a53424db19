using SpectralEarth.Models;
using SpectralEarth.Models.Contrastive;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models.Contrastive;

/// <summary>MoCo v2, MoCo v3 and DINO as networks: both kinds of encoder, local views, starting points.</summary>
public sealed class ViewNetworkTests
{
    private static readonly EncoderConfig ViT = new() { Bands = 76, PatchSize = 8, TokenSize = 2, Width = 16, Depth = 1, Heads = 2, Positions = PositionalEmbedding.Learned };

    [Test]
    public void MoCo_v3_loss_is_the_papers_algorithm_1()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var (query, key) = (randn([5, 7], float64, generator: random), randn([5, 7], float64, generator: random));
        double[] Unit(Tensor rows, int row) => (rows[row] / rows[row].norm()).data<double>().ToArray();

        var found = ContrastiveLoss.WithinBatch(query, key, temperature: 0.2).item<double>();

        var expected = 0.0;
        for (var i = 0; i < 5; i++)
        {
            var cosines = Enumerable.Range(0, 5).Select(j => Unit(query, i).Zip(Unit(key, j), (a, b) => a * b).Sum()).ToArray();
            expected += 2 * 0.2 * (Math.Log(cosines.Sum(cosine => Math.Exp(cosine / 0.2))) - (cosines[i] / 0.2)) / 5;
        }

        Assert.That(found, Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Local_feature_of_a_whole_image_is_the_feature()
    {
        using var encoder = Encoder.Create(ViT, seed: 2);
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var images = randn([3, 76, 8, 8], generator: random);
        encoder.eval();

        Assert.That((encoder.LocalFeature(images) - encoder.forward(images)).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    [Test]
    public void Tokens_of_a_local_view_take_the_positions_of_the_middle()
    {
        using var whole = (SpectralViT)Encoder.Create(ViT, seed: 3);
        using var small = (SpectralViT)Encoder.Create(ViT with { PatchSize = 4 }, seed: 3);
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        using (no_grad())
        {
            var target = small.state_dict();
            foreach (var (name, tensor) in whole.state_dict().Where(item => item.Key != "vit_core.pos_embed"))
                target[name].copy_(tensor);
            // Rows and columns 1 and 2 of 4; position 0 is the class token's.
            var all = whole.state_dict()["vit_core.pos_embed"];
            target["vit_core.pos_embed"].copy_(all.index_select(1, tensor(new long[] { 0, 6, 7, 10, 11 })));
        }

        var images = randn([2, 76, 4, 4], generator: random);
        whole.eval();
        small.eval();

        Assert.That((whole.LocalFeature(images) - small.forward(images)).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    [TestCase(CopiedPart.Everything, true, true)]
    [TestCase(CopiedPart.Encoder, true, false)]
    [TestCase(CopiedPart.Nothing, false, false)]
    public void Following_network_begins_as_told(CopiedPart copied, bool sameEncoder, bool sameHead)
    {
        using var network = new SelfDistillation(new SelfDistillationConfig { HiddenWidth = 8, BottleneckWidth = 4, Outputs = 6, Copied = copied }, ViT, seed: 4);

        Assert.That(Same("encoder.vit_core.patch_embed.proj.weight"), Is.EqualTo(sameEncoder));
        Assert.That(Same("head.layers.0.weight"), Is.EqualTo(sameHead));
        Assert.That(network.Networks.Follower.parameters().Any(parameter => parameter.requires_grad), Is.False);

        bool Same(string name)
        {
            using var scope = NewDisposeScope();
            return network.Networks.Online.get_parameter(name)!.equal(network.Networks.Follower.get_parameter(name)!).all().item<bool>();
        }
    }

    [TestCase(FirstWeightsForm.Xavier, 0.1768, 0.0615, 0.02)]        // sqrt(2 / (fan in + fan out)): 16 to 48 channels, 512 to 16
    [TestCase(FirstWeightsForm.Timm, 0.02, 0.0255, 1e-6)]            // 0.02; 1 / sqrt(3 * 512)
    public void A_transformer_begins_as_told(FirstWeightsForm form, double linear, double projection, double classToken)
    {
        using var network = new MomentumContrast(new MomentumContrastConfig { HiddenWidth = 8, OutputWidth = 4, QueueLength = 12, FirstWeights = form }, ViT, seed: 4);
        using var scope = NewDisposeScope();

        Assert.That(Deviation("blocks.0.attn.qkv.weight"), Is.EqualTo(linear).Within(0.1 * linear));
        Assert.That(Deviation("patch_embed.proj.weight"), Is.EqualTo(projection).Within(0.1 * projection));
        Assert.That(Deviation("cls_token"), Is.EqualTo(classToken).Within(0.6 * classToken));
        Assert.That(Deviation("pos_embed"), Is.EqualTo(0.02).Within(0.002));
        Assert.That(Deviation("blocks.0.mlp.fc1.bias"), Is.Zero);

        double Deviation(string name) => network.Networks.Online.get_parameter("encoder.vit_core." + name)!.std().item<float>();
    }

    [Test]
    public void Residual_encoder_learns_from_views_of_any_size()
    {
        var encoder = new EncoderConfig { Architecture = EncoderArchitecture.SpecResnet50, Bands = 76, PatchSize = 16 };
        using var network = new SelfDistillation(new SelfDistillationConfig { HiddenWidth = 8, BottleneckWidth = 4, Outputs = 6 }, encoder, seed: 5);
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        Tensor View(int size) => randn([3, 76, size, size], generator: random);

        var loss = network.Loss([View(16), View(16)], [View(10)], teacherTemperature: 0.04);
        loss.backward();

        Assert.That(double.IsFinite(loss.item<float>()));
        Assert.That(network.Networks.Online.get_parameter("encoder.spectral_adapter.0.weight")!.grad!.count_nonzero().item<long>(), Is.Positive);
        Assert.That(network.Networks.Follower.parameters().All(parameter => parameter.grad is null));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void MoCo_v3_keeps_the_token_projection_as_it_began_and_trains_what_is_before_it(bool frozen)
    {
        using var network = new SymmetricContrast(new SymmetricContrastConfig { HiddenWidth = 8, OutputWidth = 4, FrozenProjection = frozen }, ViT, seed: 9);
        using var scope = NewDisposeScope();
        using var random = new Generator(9);

        network.Loss(randn([3, 76, 8, 8], generator: random), randn([3, 76, 8, 8], generator: random)).backward();

        var encoder = network.Networks.Online.Encoder;
        Assert.That(encoder.get_parameter("vit_core.patch_embed.proj.weight")!.requires_grad, Is.EqualTo(!frozen));
        Assert.That(encoder.get_parameter("vit_core.patch_embed.proj.weight")!.grad is null, Is.EqualTo(frozen));
        Assert.That(encoder.get_parameter("spectral_adapter.0.weight")!.grad!.count_nonzero().item<long>(), Is.Positive);
    }

    [Test]
    public void Centre_moves_once_per_step_however_many_parts_its_batch_has()
    {
        using var whole = new DistillationLoss(outputs: 6, studentTemperature: 0.1, centerMomentum: 0.9);
        using var divided = new DistillationLoss(outputs: 6, studentTemperature: 0.1, centerMomentum: 0.9);
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var random = new Generator(7);

        for (var step = 0; step < 3; step++)
        {
            var (teacher, student) = (randn([2, 8, 6], generator: random), randn([3, 8, 6], generator: random));
            var loss = whole.Of(teacher, student, 0.04).item<float>();
            var parts = Enumerable.Range(0, 4).Select(part => divided.Of(teacher.narrow(1, 2 * part, 2), student.narrow(1, 2 * part, 2), 0.04).item<float>()).Average();
            whole.EndStep(isUsed: true);
            divided.EndStep(isUsed: true);
            Assert.That(parts, Is.EqualTo(loss).Within(1e-5 * loss), $"all parts of step {step} use the centre of its beginning");
        }

        Assert.That((divided.Center - whole.Center).abs().max().item<float>(), Is.LessThan(1e-6));
        _ = whole.Of(ones(2, 8, 6), ones(3, 8, 6), 0.04);
        whole.EndStep(isUsed: false);
        Assert.That((divided.Center - whole.Center).abs().max().item<float>(), Is.LessThan(1e-6), "a step that is skipped leaves no trace");
    }

    [Test]
    public void Keys_enter_the_queue_when_the_step_ends()
    {
        using var network = new MomentumContrast(new MomentumContrastConfig { HiddenWidth = 8, OutputWidth = 4, QueueLength = 12 }, ViT, seed: 8);
        using var scope = NewDisposeScope();
        using var random = new Generator(8);
        var before = network.Queue.Keys.clone();
        Tensor View() => randn([2, 76, 8, 8], generator: random);

        _ = network.Loss(View(), View());
        _ = network.Loss(View(), View());
        Assert.That(network.Queue.Keys.equal(before).all().item<bool>(), "the parts of a step see the same queue");
        network.EndStep(isUsed: true);

        Assert.That(network.Queue.NextRow, Is.EqualTo(4));
        _ = network.Loss(View(), View());
        network.EndStep(isUsed: false);
        Assert.That(network.Queue.NextRow, Is.EqualTo(4), "a step that is skipped leaves no trace");
    }

    [Test]
    public void Queue_holds_unit_vectors_and_a_batch_that_reaches_its_end_is_cut()
    {
        using var queue = new KeyQueue(length: 10, width: 4, seed: 6);
        using var scope = NewDisposeScope();
        var first = queue.Keys.clone();

        queue.Enqueue(ones(8, 4));
        queue.Enqueue(-ones(8, 4));

        Assert.That(queue.NextRow, Is.Zero);
        Assert.That((queue.Keys.norm(1) - 1).abs().max().item<float>(), Is.LessThan(1e-6));
        Assert.That(queue.Keys[.., 0].sign().data<float>().ToArray(), Is.EqualTo(new float[] { 1, 1, 1, 1, 1, 1, 1, 1, -1, -1 }));
        Assert.That((first.norm(1) - 1).abs().max().item<float>(), Is.LessThan(1e-6));
        queue.Reset(seed: 6);
        Assert.That(queue.Keys.equal(first).all().item<bool>(), "the seed decides");
    }
}
